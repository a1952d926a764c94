"""python relay.py PORT SOCKET: what comes to the port goes to the socket, both ways."""

import asyncio
import sys


async def pass_on(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def main(port, socket):
    async def serve(reader, writer):
        back, forth = await asyncio.open_unix_connection(socket)
        await asyncio.gather(pass_on(reader, forth), pass_on(back, writer))

    server = await asyncio.start_server(serve, "0.0.0.0", port)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
