import { once } from 'node:events';
import { type AddressInfo, createServer, connect as open, type Socket } from 'node:net';

/** Which half of an exchange gets lost; after the answer is lost, the server has done what was asked. */
export type Lost = 'request' | 'answer';

interface Loss {
  readonly lost: Lost;
  readonly marker: string;
  readonly happened: () => void;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** Its request was passed on: the answer to it is to be lost. */
  pending: Loss | undefined;
  /** The last bytes of a request: a marker may lie across two reads. */
  tail: string;
}

/** A TCP proxy in this process, for faults between a client and a server. */
export class TcpProxy {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #links = new Set<Link>();
  readonly #server = createServer((client) => this.#accept(client));
  readonly #losses: Loss[] = [];
  #isDown = false;
  #isSilent = false;

  /** @param url of the server behind it */
  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#target = { host: hostname, port: Number(port) };
  }

  /** Listens, and gives the same url with the proxy in the server's place. */
  async listen(url: string): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String((this.#server.address() as AddressInfo).port);
    return through.href;
  }

  /** Cuts the connection of the next request that contains the marker; resolves when that has happened. */
  lose(lost: Lost, marker: string): Promise<void> {
    return new Promise((happened) => this.#losses.push({ lost, marker, happened }));
  }

  /** Cuts every connection that is open now. */
  cut(): void {
    for (const link of this.#links) sever(link);
  }

  /** From now on every connection is cut at once. */
  goDown(): void {
    this.#isDown = true;
    this.cut();
  }

  /** Connections stay open and nothing passes, until the proxy is back up. */
  goSilent(): void {
    this.#isSilent = true;
  }

  /** Connections work again; what was sent meanwhile is lost. */
  comeUp(): void {
    this.#isDown = false;
    this.#isSilent = false;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  #accept(client: Socket): void {
    if (this.#isDown) {
      client.destroy();
      return;
    }
    const server = open(this.#target);
    const link: Link = { client, server, pending: undefined, tail: '' };
    this.#links.add(link);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => sever(link));
      socket.on('close', () => {
        sever(link);
        this.#links.delete(link);
      });
    }
    client.on('data', (chunk) => this.#request(link, Buffer.from(chunk)));
    server.on('data', (chunk) => this.#answer(link, Buffer.from(chunk)));
  }

  #request(link: Link, chunk: Buffer): void {
    if (this.#isSilent) return;
    const seen = link.tail + chunk.toString('latin1');
    const index = this.#losses.findIndex(({ marker }) => seen.includes(marker));
    const loss = index < 0 ? undefined : this.#losses.splice(index, 1)[0];
    link.tail = loss === undefined ? seen.slice(-100) : '';
    if (loss?.lost === 'request') lose(link, loss);
    else {
      link.pending ??= loss;
      link.server.write(chunk);
    }
  }

  #answer(link: Link, chunk: Buffer): void {
    if (this.#isSilent) return;
    if (link.pending === undefined) link.client.write(chunk);
    else lose(link, link.pending);
  }
}

function lose(link: Link, loss: Loss): void {
  sever(link);
  loss.happened();
}

function sever({ client, server }: Link): void {
  client.destroy();
  server.destroy();
}
