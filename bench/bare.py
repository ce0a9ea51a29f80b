"""The baseline: a bare Falcon handler that reads the body and answers, on the same server as the product."""

from __future__ import annotations

import sys

from falcon.asgi import App, Request, Response

from notifier.web.server import Server


class Bare:
    """Reads and answers; verifies, parses and records nothing."""

    async def on_post(self, req: Request, resp: Response) -> None:
        await req.stream.read()
        resp.content_type = "application/json"
        resp.data = b'{"status":"ok"}'


def make_app() -> App[Request, Response]:
    app: App[Request, Response] = App()
    app.add_route("/cottoncast/orderstatus", Bare())
    return app


if __name__ == "__main__":
    Server(f"127.0.0.1:{sys.argv[1]}", "warning", make_app).run()
