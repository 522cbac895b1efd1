import { defineConfig } from 'vite'

// The chat widget: one classic script without imports, which any page can load.
export default defineConfig({
  build: {
    outDir: '../caseplane/gateway/console',
    emptyOutDir: false,
    copyPublicDir: false,
    lib: { entry: 'src/widget/widget.ts', formats: ['iife'], name: 'caseplane', fileName: () => 'widget.js' },
  },
})
