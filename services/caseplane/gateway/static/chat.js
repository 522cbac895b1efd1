// A plain page to talk on, and a small desk beside it for agents. It knows nothing that the public API does not say.

const $ = (id) => document.getElementById(id)
const store = window.sessionStorage
let session = null
let stream = null
let ticket = null
let lastEvent = 0

const headers = () => ({ Authorization: `Bearer ${store.getItem('key')}`, 'Content-Type': 'application/json' })

async function api(method, path, body) {
  const options = { method, headers: headers(), body: body && JSON.stringify(body) }
  const answer = await fetch(`/api/v1${path}`, options)
  const data = answer.status === 204 ? null : await answer.json()
  if (!answer.ok) throw new Error(`${data.title}${data.detail ? `: ${data.detail}` : ''}`)
  return data
}

const element = (tag, className, text) => {
  const made = document.createElement(tag)
  if (className) made.className = className
  if (text !== undefined) made.textContent = text
  return made
}

const NAMES = { customer: 'You', assistant: 'Assistant', agent: 'Agent', system: '' }

function show(message) {
  if (document.querySelector(`[data-id="${message.message_id}"]`)) return
  const item = element('li', message.role)
  item.dataset.id = message.message_id
  const body = element('div', 'body', message.content_format === 'markdown' ? '' : message.content)
  if (message.content_format === 'markdown') body.append(...markdown(message.content))
  item.append(element('span', 'who', NAMES[message.role]), body)
  if (message.citations.length) item.append(cites(message.citations))
  $('messages').append(item)
  item.scrollIntoView({ block: 'nearest' })
}

// The Markdown that answers are written in: paragraphs, lists, code, tables, stress and links. It makes elements and
// text, never HTML, so a message cannot bring its own.
function markdown(text) {
  const lines = text.split('\n')
  const blocks = []
  while (lines.length) {
    const fence = lines[0].match(/^\s*(`{3,}|~{3,})/)
    if (fence) {
      lines.shift()
      const code = []
      while (lines.length && !lines[0].trim().startsWith(fence[1])) code.push(lines.shift())
      lines.shift()
      blocks.push(wrap('pre', element('code', '', code.join('\n'))))
    } else if (!lines[0].trim()) lines.shift()
    else if (/^\s*([-*+]|\d+[.)]) /.test(lines[0])) blocks.push(list(lines))
    else if (/^\|.*\|$/.test(lines[0]) && /^\|[ :|-]+\|$/.test(lines[1] ?? '')) blocks.push(table(lines))
    else {
      const said = []
      while (lines.length && lines[0].trim() && !/^\s*(```|~~~|([-*+]|\d+[.)]) )/.test(lines[0])) said.push(lines.shift())
      blocks.push(wrap('p', ...inline(said.join(' '))))
    }
  }
  return blocks
}

const wrap = (tag, ...children) => {
  const made = element(tag)
  made.append(...children)
  return made
}

function list(lines) {
  const item = /^(\s*)(?:([-*+])|(\d+)[.)]) (.*)$/
  const [, indent, bullet, number] = lines[0].match(item)
  const made = element(bullet ? 'ul' : 'ol')
  if (number) made.start = Number(number)
  while (lines.length) {
    const found = lines[0].match(item)
    if (!found || found[1].length < indent.length || (found[1].length === indent.length && !found[2] !== !bullet)) break
    if (found[1].length > indent.length) {
      ;(made.lastElementChild ?? made).append(list(lines))
      continue
    }
    const said = [found[4]]
    lines.shift()
    while (lines.length && lines[0].trim() && !item.test(lines[0]) && /^\s/.test(lines[0])) said.push(lines.shift().trim())
    made.append(wrap('li', ...inline(said.join(' '))))
  }
  return made
}

function table(lines) {
  const cells = (line) => line.replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim())
  const row = (tag, line) => wrap('tr', ...cells(line).map((cell) => wrap(tag, ...inline(cell))))
  const made = wrap('table', row('th', lines.shift()))
  lines.shift()
  while (lines.length && lines[0].startsWith('|')) made.append(row('td', lines.shift()))
  return made
}

const INLINE = /\\([!-/:-@[-`{-~])|(`+)(.+?)\2|\[((?:[^[\]\\]|\\.)+)\]\(([^\s)]+)\)|<(https?:[^\s<>]+)>|\*\*(.+?)\*\*|\*([^\s*](?:.*?[^\s*])?)\*/

function inline(text) {
  const found = text.match(INLINE)
  if (!found) return text ? [text] : []
  const [whole, plain, , code, words, address, bare, strong, stressed] = found
  let made = plain
  if (code !== undefined) made = element('code', '', code)
  else if (address ?? bare) made = anchor(address ?? bare, words === undefined ? [bare] : inline(words))
  else if (strong !== undefined) made = wrap('strong', ...inline(strong))
  else if (stressed !== undefined) made = wrap('em', ...inline(stressed))
  return [text.slice(0, found.index), made, ...inline(text.slice(found.index + whole.length))]
}

function anchor(address, children) {
  if (!/^(https?:|mailto:|tel:)/i.test(address)) return wrap('span', ...children)
  const made = wrap('a', ...children)
  made.href = address
  made.target = '_blank'
  made.rel = 'noopener noreferrer'
  return made
}

function cites(citations) {
  const box = element('details', 'cites')
  const titles = [...new Set(citations.map((cited) => cited.title))]
  box.append(element('summary', '', `From ${titles.join(', ')}`))
  for (const cited of citations) box.append(wrap('cite', anchor(cited.uri, [cited.uri])), element('q', '', cited.quote))
  return box
}

const STATES = {
  open: 'The assistant answers',
  escalated: 'A person has your case',
  resolved: 'Solved; write again any time',
}

function setState(status) {
  $('state').textContent = STATES[status] ?? status
  $('person').disabled = status === 'escalated'
  $('solved').disabled = status === 'resolved'
}

// EventSource cannot send an Authorization header, so the stream is read by hand and resumed as it would be.
async function listen(id) {
  stream?.abort()
  stream = new AbortController()
  const mine = stream
  while (!mine.signal.aborted) {
    try {
      const answer = await fetch(`/api/v1/sessions/${id}/stream`, {
        headers: { ...headers(), 'Last-Event-ID': String(lastEvent) },
        signal: mine.signal,
      })
      if (!answer.ok) return
      await readEvents(answer.body.pipeThrough(new TextDecoderStream()).getReader())
    } catch {
      if (mine.signal.aborted) return
    }
    await new Promise((wake) => setTimeout(wake, 1000))
  }
}

async function readEvents(reader) {
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const blocks = (rest + value).split('\n\n')
    rest = blocks.pop()
    for (const block of blocks) handle(Object.fromEntries(block.split('\n').map(field)))
  }
}

const field = (line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]

function handle(event) {
  if (!event.event) return
  lastEvent = Number(event.id)
  const data = JSON.parse(event.data)
  if (event.event === 'message') show(data)
  if (event.event === 'status') setState(data.to)
  if (event.event === 'escalation') refreshDesk()
}

async function begin() {
  $('messages').replaceChildren()
  lastEvent = 0
  const remembered = store.getItem('session')
  session = remembered
    ? await api('GET', `/sessions/${remembered}`)
    : await api('POST', '/sessions', { customer_id: store.getItem('customer') })
  store.setItem('session', session.session_id)
  setState(session.status)
  listen(session.session_id)
}

async function attempt(button, action) {
  $('error').textContent = ''
  if (button) button.disabled = true
  try {
    return await action()
  } catch (problem) {
    $('error').textContent = problem.message
    return null
  } finally {
    if (button) button.disabled = false
  }
}

$('composer').addEventListener('submit', (event) => {
  event.preventDefault()
  attempt(event.submitter, async () => {
    const content = $('text').value
    const reply = await api('POST', `/sessions/${session.session_id}/messages`, {
      content,
      client_message_id: crypto.randomUUID(),
    })
    $('text').value = ''
    if (reply.session_id !== session.session_id) {
      store.setItem('session', reply.session_id)
      await begin()
    }
  })
})

$('text').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault()
    if ($('text').value.trim()) $('composer').requestSubmit()
  }
})

$('person').addEventListener('click', () =>
  attempt(null, () => api('POST', `/sessions/${session.session_id}/handoff`, {})))
$('solved').addEventListener('click', () =>
  attempt(null, () => api('POST', `/sessions/${session.session_id}/resolve`, {})))
$('new').addEventListener('click', () => {
  store.removeItem('session')
  attempt(null, begin)
})
$('leave').addEventListener('click', () => {
  store.clear()
  location.reload()
})

// The desk: only a key that may see tickets gets one.

async function refreshDesk() {
  let page
  try {
    page = await api('GET', '/tickets?status=new&status=open&status=pending&status=on_hold')
  } catch {
    return
  }
  const agent = page.items.every((item) => item.view === 'agent')
  $('desk').hidden = !agent
  if (!agent) return
  $('tickets').replaceChildren(...page.items.map(ticketRow))
  if (!page.items.length) $('tickets').append(element('li', 'none', 'Nobody waits for a person.'))
}

function ticketRow(item) {
  const row = element('li')
  const open = element('button', '', `#${item.number} ${item.subject} (${item.ai_escalation_reason ?? item.status})`)
  open.addEventListener('click', () => attempt(null, () => openTicket(item.ticket_id)))
  row.append(open)
  return row
}

async function openTicket(id) {
  const context = await api('GET', `/tickets/${id}/context`)
  ticket = context.ticket
  $('ticket').hidden = false
  $('subject').textContent = `#${ticket.number} ${ticket.subject}`
  $('why').textContent = `${ticket.ai_escalation_reason ?? ''} · ${ticket.status}`
  const packet = context.packet
  const rows = packet
    ? {
        Reason: packet.reason.rationale,
        Summary: packet.context.summary,
        Evidence: packet.evidence.map((found) => `${found.title} (${found.score.toFixed(2)})`).join('\n') || 'none',
        'Ask the customer': packet.clarifying_questions.join('\n') || 'nothing suggested',
        'Next steps': packet.suggested_next_steps.join('\n'),
        Transcript: packet.transcript.map((said) => `${said.role}: ${said.content}`).join('\n'),
      }
    : {}
  $('packet').replaceChildren(
    ...Object.entries(rows).flatMap(([name, text]) => [element('dt', '', name), element('dd', '', text)]))
  $('comments').replaceChildren(
    ...context.comments.map((said) => element('li', said.visibility, `${said.author_type}: ${said.body}`)))
}

$('reply').addEventListener('submit', (event) => {
  event.preventDefault()
  attempt(event.submitter, async () => {
    const body = { body: $('answer').value, visibility: event.submitter.value }
    await api('POST', `/tickets/${ticket.ticket_id}/comments`, body)
    $('answer').value = ''
    await openTicket(ticket.ticket_id)
  })
})

$('solve').addEventListener('click', () =>
  attempt($('solve'), async () => {
    const resolution = $('answer').value || 'Solved in the conversation.'
    await api('PUT', `/tickets/${ticket.ticket_id}/resolve`, { resolution_summary: resolution })
    $('answer').value = ''
    $('ticket').hidden = true
    await refreshDesk()
  }))

// Connecting: a key in the fragment (the demo prints such a link) never reaches a server's log.

async function connect() {
  const given = new URLSearchParams(location.hash.slice(1))
  if (given.get('key')) {
    store.setItem('key', given.get('key'))
    store.setItem('customer', given.get('customer') ?? 'visitor')
    store.removeItem('session')
    history.replaceState(null, '', location.pathname)
  }
  $('login').hidden = Boolean(store.getItem('key'))
  if (!store.getItem('key')) return
  try {
    await begin()
  } catch (problem) {
    store.removeItem('session')
    store.removeItem('key')
    $('login').hidden = false
    $('login-error').textContent = problem.message
    return
  }
  $('app').hidden = false
  $('leave').hidden = false
  await refreshDesk()
  setInterval(refreshDesk, 5000)
}

$('login').addEventListener('submit', (event) => {
  event.preventDefault()
  store.setItem('key', $('key').value.trim())
  store.setItem('customer', $('customer').value.trim())
  connect()
})

connect()
