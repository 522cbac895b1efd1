import { useLayoutEffect, useRef } from 'react'
import { renderMarkdown } from './markdown'

/** A message, as Markdown or as the plain text that it is. */
export function Words({ text, markdown }: { text: string; markdown: boolean }) {
  const place = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (markdown) place.current?.replaceChildren(renderMarkdown(text))
  }, [text, markdown])
  return markdown ? <div className="words" ref={place} /> : <div className="words plain">{text}</div>
}
