import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// `npm run dev` shows changes at once and passes the API on to a running platform.
const platform = process.env['CASEPLANE_URL'] ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react()],
  build: {
    // Where the gateway serves it from, and where wheel and image take it from.
    outDir: '../caseplane/gateway/console',
    emptyOutDir: true,
    rollupOptions: { input: ['index.html', 'try.html'] },
    // An inlined file would be a `data:` address, which the pages' content security policy refuses for all but pictures.
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/api': platform, '/widget.js': platform } },
})
