import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

import english from './en.json';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

const STORED_AS = 'sameuser.language';

/** What the person chose before, else what the browser prefers, else English. */
export function preferredLanguage(): Language {
  const chosen = localStorage.getItem(STORED_AS) ?? navigator.language;
  return chosen.startsWith('zh') ? 'zh' : 'en';
}

/** English comes with the app, Chinese is fetched when first asked for. */
export async function speak(language: Language): Promise<void> {
  if (language === 'zh' && !i18next.hasResourceBundle('zh', 'translation')) {
    const [chinese, server] = await Promise.all([import('./zh.json'), import('./zh-server.json')]);
    i18next.addResourceBundle('zh', 'translation', chinese.default);
    // What the server says in English; by its codes, so that it can be said in another language.
    i18next.addResourceBundle('zh', 'server', server.default);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

export async function choose(language: Language): Promise<void> {
  localStorage.setItem(STORED_AS, language);
  await speak(language);
}

export async function startLanguages(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: english } },
    lng: 'en',
    fallbackLng: 'en',
    // React escapes what it draws.
    interpolation: { escapeValue: false },
  });
  await speak(preferredLanguage());
}
