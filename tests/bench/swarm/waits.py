"""A server that mostly waits, as one does whose answers come from elsewhere: 8 ms for each answer, and next to no CPU. A request for
/kept keeps an object. It does so little else that nothing of it fills up."""
import asyncio

KEPT = []
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"


async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"GET /kept"):
                KEPT.append(bytearray(100))
            if not head.startswith(b"GET /health"):
                await asyncio.sleep(0.008)
            writer.write(ANSWER)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    async with await asyncio.start_server(serve, "0.0.0.0", 8000) as server:
        await server.serve_forever()


asyncio.run(main())
