// Addresses live behind the `#`, so that any place that serves files can serve the console.
import { useQuery } from '@tanstack/react-query'
import { createHashHistory, createRootRoute, createRoute, createRouter, Navigate, Outlet, useNavigate, useParams } from '@tanstack/react-router'
import { views, type View } from '../features/inbox/api'
import { Inbox } from '../features/inbox/Inbox'
import { sessionQuery } from '../features/session/api'
import { SignIn, takeCode } from '../features/session/SignIn'
import { Loaded } from '../ui/states'
import { Shell } from './Shell'

// Before the router reads the address.
const code = takeCode()

function Root() {
  const session = useQuery(sessionQuery)
  return (
    <Loaded of={session}>
      {(found) =>
        found.signed_in ? (
          <Shell>
            <Outlet />
          </Shell>
        ) : (
          <SignIn code={code} problem={new URLSearchParams(location.hash.split('?')[1]).get('problem')} />
        )
      }
    </Loaded>
  )
}

const root = createRootRoute({ component: Root, notFoundComponent: () => <Navigate to="/inbox/$view" params={{ view: 'waiting' }} /> })

// One component for the list with and without a chosen ticket: what waits to be sent must outlast the way between them.
function InboxRoute() {
  const { view, ticketId } = useParams({ strict: false })
  const navigate = useNavigate()
  const known: View = views.find((each) => each === view) ?? 'waiting'
  return (
    <Inbox
      view={known}
      ticketId={ticketId ?? null}
      go={(to, id) =>
        void (id
          ? navigate({ to: '/inbox/$view/$ticketId', params: { view: to, ticketId: id } })
          : navigate({ to: '/inbox/$view', params: { view: to } }))
      }
    />
  )
}

const list = createRoute({ getParentRoute: () => root, path: '/inbox/$view', component: InboxRoute })
const ticket = createRoute({ getParentRoute: () => list, path: '$ticketId' })

export const router = createRouter({ routeTree: root.addChildren([list.addChildren([ticket])]), history: createHashHistory() })

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
