import type { Answers } from './form';

/* A form as a preseed file of Debian's installer. The mirror is not in it: the kernel's arguments name it (debian.ts). The disk is the first one, which is /dev/vda on this host. */

const DISK = '/dev/vda';
/** What makes a guest a good one. */
const ALWAYS = ['openssh-server', 'qemu-guest-agent'];

export const preseedOf = (form: Answers): string => [
  `# Answers for ${form.hostname}, written by its host.`,
  `d-i debian-installer/locale string ${form.locale}`,
  `d-i keyboard-configuration/xkb-keymap select ${form.keyboard}`,
  'd-i netcfg/choose_interface select auto',
  `d-i netcfg/get_hostname string ${form.hostname}`,
  `d-i netcfg/hostname string ${form.hostname}`,
  'd-i netcfg/get_domain string',
  'd-i mirror/http/proxy string',
  'd-i clock-setup/utc boolean true',
  `d-i time/zone string ${form.timezone}`,
  'd-i clock-setup/ntp boolean true',
  ...disk(form),
  ...accounts(form),
  'tasksel tasksel/first multiselect standard',
  `d-i pkgsel/include string ${[...new Set([...ALWAYS, ...form.packages])].join(' ')}`,
  'popularity-contest popularity-contest/participate boolean false',
  'd-i grub-installer/only_debian boolean true',
  `d-i grub-installer/bootdev string ${DISK}`,
  // A clone whose firmware has forgotten its boot entries still starts.
  'd-i grub-installer/force-efi-extra-removable boolean true',
  ...lateCommand(form),
  'd-i finish-install/reboot_in_progress note',
  '',
].join('\n');

const disk = ({ disk: how }: Answers): string[] => [
  `d-i partman-auto/disk string ${DISK}`,
  `d-i partman-auto/method string ${how === 'lvm' ? 'lvm' : 'regular'}`,
  ...(how === 'lvm' ? ['d-i partman-auto-lvm/guided_size string max', 'd-i partman-lvm/confirm boolean true', 'd-i partman-lvm/confirm_nooverwrite boolean true'] : []),
  'd-i partman-lvm/device_remove_lvm boolean true',
  'd-i partman-md/device_remove_md boolean true',
  'd-i partman-auto/choose_recipe select atomic',
  'd-i partman-partitioning/confirm_write_new_label boolean true',
  'd-i partman/choose_partition select finish',
  'd-i partman/confirm boolean true',
  'd-i partman/confirm_nooverwrite boolean true',
];

/** Without a password root has none and is reached by key, or its user becomes it by sudo. */
const accounts = ({ rootPasswordHash, user }: Answers): string[] => [
  `d-i passwd/root-login boolean ${rootPasswordHash !== undefined || !user}`,
  ...(rootPasswordHash !== undefined || !user ? [`d-i passwd/root-password-crypted password ${rootPasswordHash ?? '!'}`] : []),
  `d-i passwd/make-user boolean ${user !== undefined}`,
  ...(user ? [`d-i passwd/user-fullname string ${user.fullName}`, `d-i passwd/username string ${user.name}`, `d-i passwd/user-password-crypted password ${user.passwordHash ?? '!'}`] : []),
];

const lateCommand = ({ user, sshKeys }: Answers): string[] => {
  if (sshKeys.length === 0) return [];
  const home = user ? `/home/${user.name}` : '/root', folder = `/target${home}/.ssh`;
  const lines = [`mkdir -p -m 700 ${folder}`, ...sshKeys.map(key => `echo '${key}' >> ${folder}/authorized_keys`), `chmod 600 ${folder}/authorized_keys`, ...(user ? [`in-target chown -R ${user.name}:${user.name} ${home}/.ssh`] : [])];
  return [`d-i preseed/late_command string ${lines.join('; ')}`];
};
