"""A search service of one document, which can be taken away."""

from typing import Any
from uuid import uuid4

from fastapi import FastAPI, HTTPException, Request

from caseplane.core.auth import ServiceTokens

ANSWER = (
    "To change the delivery address of an order, open My orders, choose the order and select Change address."
)


class Library:
    """Answers every search with what it holds, and keeps who asked what."""

    def __init__(self, tokens: ServiceTokens) -> None:
        self.texts = [ANSWER]
        self.away = False
        self.asked: list[dict[str, Any]] = []
        self.askers: list[Any] = []
        self.app = FastAPI()
        self.app.post("/api/v1/search")(self._search)
        self._tokens = tokens

    async def _search(self, request: Request) -> dict[str, Any]:
        if self.away:
            raise HTTPException(503)
        self.asked.append(await request.json())
        self.askers.append(self._tokens.verify(request.headers["authorization"].removeprefix("Bearer ")))
        return {
            "results": [
                {
                    "chunk_id": str(uuid4()), "document_id": str(uuid4()), "knowledge_base_id": str(uuid4()),
                    "source": "upload", "title": "Delivery address", "uri": "https://help.example.com/address",
                    "heading": "Change the delivery address", "text": text, "start": 0, "end": len(text), "score": 1.0,
                }
                for text in self.texts
            ],
            "withheld": 0,
        }  # fmt: skip
