import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { signIn, SignInRefused } from '../service/session';
import style from './sign-in.module.css';

export function SignIn() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const attempt = useMutation({
    mutationFn: () => signIn(name, password),
    onSuccess: (session) => queries.setQueryData(['session'], session),
  });
  return (
    <main className={style.ground}>
      <form
        className={style.form}
        onSubmit={(event) => {
          event.preventDefault();
          attempt.mutate();
        }}
      >
        <img src="/mark.svg" width="40" height="40" alt="" />
        <h1>{t('sign_in.heading')}</h1>
        <p>{t('sign_in.words')}</p>
        <TextInput
          label={t('sign_in.name')}
          autoComplete="username"
          required
          withAsterisk={false}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('sign_in.password')}
          autoComplete="current-password"
          required
          withAsterisk={false}
          visibilityToggleButtonProps={{ 'aria-label': t('sign_in.show'), tabIndex: 0 }}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {attempt.isError && (
          <p role="alert" className={style.refused}>
            {attempt.error instanceof SignInRefused
              ? attempt.error.message || t('sign_in.refused')
              : t('sign_in.unreachable')}
          </p>
        )}
        <Button type="submit" fullWidth loading={attempt.isPending}>
          {t('sign_in.title')}
        </Button>
        <p className={style.hint}>{t('sign_in.hint')}</p>
      </form>
    </main>
  );
}
