#!/bin/sh
# In the new system, before it becomes a disk: the overlay, what runs and what does not, the boot loader.
set -e
root=$1 work=@WORK@
cp -R "$work/overlay/." "$root/"
chroot "$root" passwd -d root > /dev/null # on the consoles only: sshd takes no empty password
chroot "$root" systemctl disable ssh.service > /dev/null 2>&1
chroot "$root" systemctl enable systemd-networkd systemd-resolved qemu-guest-agent ssh.socket serial-getty@ttyS0.service first-boot first-boot-script > /dev/null 2>&1 || true
# What a small virtual machine does without at every boot; each can be unmasked.
chroot "$root" systemctl mask systemd-networkd-wait-online.service systemd-timesyncd.service e2scrub_reap.service e2scrub_all.timer apt-daily.timer apt-daily-upgrade.timer fstrim.timer systemd-pstore.service systemd-rfkill.socket \
  modprobe@dm_mod.service modprobe@loop.service modprobe@configfs.service modprobe@drm.service modprobe@fuse.service sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount sys-fs-fuse-connections.mount dev-hugepages.mount dev-mqueue.mount proc-sys-fs-binfmt_misc.automount \
  systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-sysusers.service kmod-static-nodes.service systemd-modules-load.service systemd-network-generator.service systemd-binfmt.service systemd-hwdb-update.service systemd-journal-catalog-update.service ldconfig.service systemd-ask-password-console.path systemd-ask-password-wall.path systemd-user-sessions.service grub-common.service systemd-fsck-root.service > /dev/null 2>&1 || true
mkdir -p "$root/etc/tmpfiles.d"; ln -sf /dev/null "$root/etc/tmpfiles.d/systemd-nologin.conf"
rm -f "$root"/etc/ssh/ssh_host_* "$root/var/lib/dbus/machine-id"
: > "$root/etc/machine-id"
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"

# The boot loader, built by the guest's own GRUB.
mkdir -p "$root/boot/grub/i386-pc" "$root/boot/grub/x86_64-efi" "$root/boot/efi"
cp "$root"/usr/lib/grub/i386-pc/*.mod "$root"/usr/lib/grub/i386-pc/*.lst "$root/boot/grub/i386-pc/"
printf 'search.fs_uuid @UUID@ root\nset prefix=($root)/boot/grub\n' > "$root/tmp/early.cfg"
modules='part_gpt ext2 search search_fs_uuid normal configfile linux echo test gzio minicmd serial terminal'
chroot "$root" grub-mkimage -O i386-pc -o /tmp/core.img -p /boot/grub -c /tmp/early.cfg biosdisk $modules
chroot "$root" grub-mkimage -O x86_64-efi -o /tmp/BOOTX64.EFI -p /boot/grub -c /tmp/early.cfg $modules efi_gop efi_uga all_video
mv "$root/tmp/core.img" "$root/tmp/BOOTX64.EFI" "$work/boot/"
cp "$root/usr/lib/grub/i386-pc/boot.img" "$work/boot/"
rm "$root/tmp/early.cfg"
chmod 644 "$root"/boot/initrd.img-*
kernel=$(cd "$root/boot" && ls vmlinuz-* | sed 's/^vmlinuz-//' | tail -n 1)
cat > "$root/boot/grub/grub.cfg" <<END
# For the first boot; update-grub in the guest replaces it.
set timeout=0
linux /boot/vmlinuz-$kernel root=UUID=@UUID@ ro console=tty0 console=ttyS0,115200 quiet loglevel=3
initrd /boot/initrd.img-$kernel
boot
END
