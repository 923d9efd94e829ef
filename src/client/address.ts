import net from 'node:net';

export interface HostAddress { host: string; port: number }
export const DEFAULT_PORT = 443;

/** Reads `host`, `host:port`, `[v6]:port`, a bare IPv6 address or an https URL; undefined if it is none of them. */
export const parseAddress = (text: string): HostAddress | undefined => {
  const plain = text.trim().replace(/^https:\/\//i, '').replace(/[/?#].*$/, '');
  if (net.isIPv6(plain)) return { host: plain.toLowerCase(), port: DEFAULT_PORT };
  const parts = /^(?:\[([^\]]+)\]|([^:[\]\s@]+))(?::(\d{1,5}))?$/.exec(plain);
  if (!parts) return undefined;
  const [, v6, name, portText] = parts;
  const port = portText === undefined ? DEFAULT_PORT : Number(portText);
  if (port < 1 || port > 65_535) return undefined;
  if (v6 !== undefined) return net.isIPv6(v6) ? { host: v6.toLowerCase(), port } : undefined;
  return name !== undefined && /^[a-z0-9]([a-z0-9._-]{0,252}[a-z0-9.])?$/i.test(name) ? { host: name.toLowerCase(), port } : undefined;
};

/** The one way to write an address: known hosts are found by it. */
export const addressText = ({ host, port }: HostAddress): string => {
  const shown = net.isIPv6(host) ? `[${host}]` : host;
  return port === DEFAULT_PORT ? shown : `${shown}:${port}`;
};

/** `host:port`, as URLs and the Host header need it. */
export const authority = ({ host, port }: HostAddress): string => `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
