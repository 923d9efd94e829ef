/** The agent's port as QEMU knows it: the device that announces VSERPORT_CHANGE, and the socket behind it. */
export const GUEST_AGENT = { id: 'agent0', chardev: 'qga0' } as const;
