import type { Answers } from './form';

/* A form as a kickstart file of Red Hat's installer. Where the packages are the kernel's arguments say (redhat.ts). The disk is the first one, which is vda on this host. */

const DISK = 'vda';

export const kickstartOf = (form: Answers): string => [
  `# Answers for ${form.hostname}, written by its host.`,
  'text',
  `lang ${form.locale}`,
  `keyboard ${form.keyboard}`,
  `timezone ${form.timezone} --utc`,
  `network --bootproto=dhcp --hostname=${form.hostname}`,
  form.rootPasswordHash === undefined ? 'rootpw --lock' : `rootpw --iscrypted ${form.rootPasswordHash}`,
  ...(form.user ? [`user --name=${form.user.name} --gecos="${form.user.fullName}" --groups=wheel${form.user.passwordHash === undefined ? ' --lock' : ` --iscrypted --password=${form.user.passwordHash}`}`] : []),
  ...form.sshKeys.map(key => `sshkey --username=${form.user?.name ?? 'root'} "${key}"`),
  `ignoredisk --only-use=${DISK}`,
  'zerombr',
  `clearpart --all --initlabel --drives=${DISK}`,
  `autopart --type=${form.disk === 'lvm' ? 'lvm' : 'plain'}`,
  `bootloader --boot-drive=${DISK}`,
  'firstboot --disable',
  'reboot',
  '%packages',
  ...new Set(['@core', 'openssh-server', 'qemu-guest-agent', ...form.packages]),
  '%end',
  '',
].join('\n');
