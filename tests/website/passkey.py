"""A passkey without a browser: a key pair that answers as a phone would, with the person's finger on it."""

import hashlib
import json
import os
import struct
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

ORIGIN = "http://localhost:8000"
PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


class Passkey:
    def __init__(self, *, is_verified: bool = True) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(16)
        self.flags = PRESENT | (VERIFIED if is_verified else 0)
        self.owner = b""

    def made(self, options: dict[str, Any], *, origin: str = ORIGIN) -> str:
        """What the browser answers when it is asked to make a passkey."""
        asked = options["publicKey"]
        self.owner = websafe_decode(asked["user"]["id"])
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        credential = bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        data = self._data(asked["rp"]["id"], HAS_KEY) + credential
        return self._answer(
            {
                "clientDataJSON": _client_data("webauthn.create", asked["challenge"], origin),
                "attestationObject": cbor.encode({"fmt": "none", "attStmt": {}, "authData": data}),
            }
        )

    def used(self, options: dict[str, Any], *, origin: str = ORIGIN) -> str:
        """What the browser answers when it is asked to sign in with it."""
        asked = options["publicKey"]
        data = self._data(asked["rpId"], 0)
        client_data = _client_data("webauthn.get", asked["challenge"], origin)
        signed = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {"clientDataJSON": client_data, "authenticatorData": data, "signature": signed}
        return self._answer({**answer, "userHandle": self.owner})

    def _data(self, site: str, flags: int) -> bytes:
        return hashlib.sha256(site.encode()).digest() + bytes([self.flags | flags]) + struct.pack(">I", 0)

    def _answer(self, response: dict[str, bytes]) -> str:
        name = websafe_encode(self.id)
        coded = {part: websafe_encode(value) for part, value in response.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": coded})


def _client_data(type: str, challenge: str, origin: str) -> bytes:
    return json.dumps({"type": type, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()
