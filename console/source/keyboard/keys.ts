import { useEffect, useRef } from 'react';
import { useLocation } from 'react-router';

/** What a page does on a key, by its name as `KeyboardEvent.key` has it; letters in lower case. */
export type Keys = Readonly<Record<string, (() => void) | undefined>>;

interface Listening {
  path: string;
  keys: { readonly current: Keys };
}

interface Held {
  key: string;
  path: string;
  at: number;
}

// A page that takes longer than this to listen was given up by who waited for it.
const HELD_FOR_MS = 10_000;
const HELD_AT_MOST = 8;
// There, keys write or belong to what is open.
const ELSEWHERE = 'input, textarea, select, [contenteditable], [role=dialog], [role=menu]';

let listening: Listening | null = null;
let held: readonly Held[] = [];

/** Hears every key from the first moment on. The address changes before its page is drawn, and a page is drawn
 *  before it knows what it is about: keys pressed meanwhile are held for it, so that none is lost on the way. */
export function hearKeys(): void {
  document.addEventListener('keydown', (event) => {
    const on = event.target instanceof Element ? event.target : document.body;
    if (event.ctrlKey || event.metaKey || event.altKey || on.closest(ELSEWHERE) !== null) {
      return;
    }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === 'Enter' && on.closest('a, button') !== null) {
      return;
    }
    const path = window.location.pathname;
    if (listening?.path !== path) {
      held = [...held, { key, path, at: Date.now() }].slice(-HELD_AT_MOST);
      return;
    }
    const act = listening.keys.current[key];
    if (act !== undefined) {
      event.preventDefault();
      act();
    }
  });
}

/** The keys of the page that is shown, from when it can act on them. */
export function useKeys(keys: Keys): void {
  const { pathname } = useLocation();
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const page = { path: pathname, keys: latest };
    listening = page;
    const due = held.filter((one) => one.path === pathname && Date.now() - one.at < HELD_FOR_MS);
    held = [];
    due.forEach((one) => latest.current[one.key]?.());
    return () => {
      if (listening === page) {
        listening = null;
      }
    };
  }, [pathname]);
}
