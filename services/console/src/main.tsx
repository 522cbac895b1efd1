import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ProblemError } from './api/client'
import { router } from './app/router'
import { applyTheme } from './app/theme'
import { sessionQuery } from './features/session/api'
import { TextsProvider } from './texts'
import './ui/app.css'

applyTheme()

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      // Whoever is signed out elsewhere, or whose key was revoked, is asked to sign in again.
      if (error instanceof ProblemError && error.problem.status === 401)
        void client.invalidateQueries({ queryKey: sessionQuery.queryKey })
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      retry: (failures, error) => failures < 2 && (!(error instanceof ProblemError) || error.problem.status >= 500),
    },
  },
})

const place = document.getElementById('root')
if (!place) throw new Error('The page has no place for the console.')
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <TextsProvider>
        <RouterProvider router={router} />
      </TextsProvider>
    </QueryClientProvider>
  </StrictMode>,
)
