import { createServer } from 'node:net';

/** The wanted port if it can be had on this host, otherwise 0, which lets the system pick one. */
export function portOrAny(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(0);
      else reject(error);
    });
    probe.listen({ host, port }, () => probe.close(() => resolve(port)));
  });
}
