import { defineConfig } from 'vitest/config'

// Stories in a real browser, against the platform at CASEPLANE_URL.
export default defineConfig({
  test: {
    include: ['stories/**/*.story.ts'],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
  },
})
