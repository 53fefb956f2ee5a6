import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

// Where `npm run dev` finds a running server; the built app is served by that server itself.
const server = process.env['SAMEUSER_HTTP'] ?? 'http://127.0.0.1:8080';

// The name the browser used goes along: the server refuses a sign-in from elsewhere.
const forward = { target: server, changeOrigin: false };
const proxy = { '/session': forward, '^/sameuser\\.v1\\..*': forward };

// As the server sends it, so that a violation shows before the app is built into the program.
const policy =
  "default-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; " +
  "form-action 'self'; frame-ancestors 'none'";

// Compressed once here rather than at every request; the program carries both and sends what the browser takes.
const compress: Plugin = {
  name: 'compress',
  apply: 'build',
  closeBundle() {
    for (const name of readdirSync('dist/assets').filter((file) => /\.(js|css)$/.test(file))) {
      writeFileSync(`dist/assets/${name}.gz`, gzipSync(readFileSync(`dist/assets/${name}`), { level: 9 }));
    }
  },
};

export default defineConfig({
  plugins: [react(), compress],
  build: {
    // Baseline browsers of 2025: nothing is lowered further.
    target: 'es2022',
    // The policy allows no `data:` addresses.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: { proxy },
  preview: { proxy, headers: { 'content-security-policy': policy } },
});
