import { Button, createTheme, Drawer, Modal } from '@mantine/core';

/** The library's looks; `close` is what the button that closes a dialog is called. */
export function makeTheme(close: string) {
  // `lockScroll` would write a <style> into the page, which the policy forbids.
  const dialog = { lockScroll: false, closeButtonProps: { 'aria-label': close } };
  return createTheme({
    primaryColor: 'indigo',
    defaultRadius: 6,
    cursorType: 'pointer',
    components: {
      Button: Button.extend({ defaultProps: { size: 'xs' } }),
      Modal: Modal.extend({
        defaultProps: { ...dialog, centered: true, transitionProps: { duration: 120 } },
      }),
      Drawer: Drawer.extend({ defaultProps: dialog }),
    },
  });
}
