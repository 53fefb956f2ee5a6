import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Where `npm run dev` finds a running server; the built app is served by that server itself.
const server = process.env['SAMEUSER_HTTP'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    // Baseline browsers of 2025: nothing is lowered further.
    target: 'es2022',
    // The policy allows no `data:` addresses.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: {
      '/session': server,
      '^/sameuser\\.v1\\..*': server,
    },
  },
});
