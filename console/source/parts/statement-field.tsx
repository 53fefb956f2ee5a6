import { Textarea, type TextareaProps } from '@mantine/core';

interface StatementFieldProperties extends Pick<
  TextareaProps,
  'label' | 'description' | 'rows' | 'maxLength' | 'mt'
> {
  value: string;
  setValue: (value: string) => void;
  /** Where a dialog begins. */
  first?: boolean;
}

/** Where a person must say something in words. */
export function StatementField({ setValue, first = false, ...field }: StatementFieldProperties) {
  return (
    <Textarea
      rows={3}
      {...field}
      required
      data-autofocus={first || undefined}
      onChange={(event) => setValue(event.currentTarget.value)}
    />
  );
}
