import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import './shell/theme.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { hearKeys } from './keyboard/keys';
import { startLanguages } from './language/language';
import { Application } from './shell/application';

const place = document.getElementById('root');
if (place === null) {
  throw new Error('index.html has no #root');
}
hearKeys();
await startLanguages();
createRoot(place).render(
  <StrictMode>
    <Application />
  </StrictMode>,
);
