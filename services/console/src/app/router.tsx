// Addresses live behind the `#`, so that any place that serves files can serve the console.
import { useQuery } from '@tanstack/react-query'
import { createHashHistory, createRootRoute, createRoute, createRouter, Navigate, Outlet, useNavigate } from '@tanstack/react-router'
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

function InboxRoute({ view, ticketId }: { view: string; ticketId: string | null }) {
  const navigate = useNavigate()
  const known: View = views.find((each) => each === view) ?? 'waiting'
  return (
    <Inbox
      view={known}
      ticketId={ticketId}
      go={(to, id) =>
        void (id
          ? navigate({ to: '/inbox/$view/$ticketId', params: { view: to, ticketId: id } })
          : navigate({ to: '/inbox/$view', params: { view: to } }))
      }
    />
  )
}

const list = createRoute({
  getParentRoute: () => root,
  path: '/inbox/$view',
  component: function List() {
    return <InboxRoute view={list.useParams().view} ticketId={null} />
  },
})
const ticket = createRoute({
  getParentRoute: () => root,
  path: '/inbox/$view/$ticketId',
  component: function Ticket() {
    const { view, ticketId } = ticket.useParams()
    return <InboxRoute view={view} ticketId={ticketId} />
  },
})

export const router = createRouter({ routeTree: root.addChildren([list, ticket]), history: createHashHistory() })

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
