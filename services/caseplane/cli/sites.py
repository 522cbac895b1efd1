"""Which generator makes a site of a folder, by the settings that lie in it or right above it."""

from pathlib import Path

from caseplane.retrieval.sources.addresses import UriStyle

_SETTINGS = {
    UriStyle.docusaurus: ("docusaurus.config.js", "docusaurus.config.ts", "docusaurus.config.mjs"),
    UriStyle.mkdocs: ("mkdocs.yml", "mkdocs.yaml"),
    UriStyle.sphinx: ("conf.py",),
    UriStyle.hugo: ("hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config/_default"),
}
_ABOVE = 2


def site_of(folder: Path) -> tuple[UriStyle, str] | None:
    """The style of a folder's site and the file that shows it; None if there is none."""
    here = folder.resolve()
    for place in [here, *list(here.parents)[:_ABOVE]]:
        for style, names in _SETTINGS.items():
            for name in names:
                if (place / name).exists():
                    return style, name
    return None
