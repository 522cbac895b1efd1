import type { CommentRead, MessageRead } from '../../api/schema'

export interface Said {
  id: string
  by: 'customer' | 'assistant' | 'agent' | 'system' | 'note'
  text: string
  markdown: boolean
  at: string
  sources: MessageRead['citations']
  author: string | null
}

/**
 * What was said, in order: the conversation's messages, the notes, and what agents wrote that is not in the conversation
 * yet. A public comment comes into the conversation a moment later as a message with the same words.
 */
export function timeline(messages: MessageRead[], comments: CommentRead[]): Said[] {
  const inConversation = new Map<string, number>()
  for (const each of messages) if (each.role === 'agent') count(inConversation, each.content, 1)
  const ids = new Set(messages.map((each) => each.message_id))
  const replaced = new Set(messages.flatMap((each) => (each.replaces ? [each.replaces] : [])))
  const said: Said[] = messages.filter((each) => !replaced.has(each.message_id)).map(ofMessage)
  for (const each of comments) {
    if (each.visibility === 'internal') said.push(ofComment(each, 'note'))
    else if (each.source_message_id && ids.has(each.source_message_id)) continue
    else if (each.author_type === 'agent' && count(inConversation, each.body, -1)) continue
    else if (messages.length && each.author_type !== 'agent') continue
    else said.push(ofComment(each, each.author_type))
  }
  return said.sort((a, b) => a.at.localeCompare(b.at))
}

/** Changes a count; returns whether there was one. */
function count(counts: Map<string, number>, name: string, by: number): boolean {
  const before = counts.get(name) ?? 0
  counts.set(name, Math.max(0, before + by))
  return before > 0
}

const ofMessage = (each: MessageRead): Said => ({
  id: each.message_id,
  by: each.role,
  text: each.content,
  markdown: each.content_format === 'markdown' || each.role === 'agent',
  at: each.created_at,
  sources: each.citations ?? [],
  author: null,
})

const ofComment = (each: CommentRead, by: Said['by']): Said => ({
  id: each.comment_id,
  by,
  text: each.body,
  markdown: by === 'agent' || by === 'note',
  at: each.created_at,
  sources: [],
  author: each.author,
})
