// A page on which the chat can be tried: `/try.html?organisation=acme`.
import './ui/try.css'

const organisation = new URLSearchParams(location.search).get('organisation') ?? 'demo'
const script = document.createElement('script')
script.src = '/widget.js'
script.dataset['organisation'] = organisation
const line = document.getElementById('line')
if (line) line.textContent = `<script src="${location.origin}/widget.js" data-organisation="${organisation}" async></script>`
document.body.append(script)
