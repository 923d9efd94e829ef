#!/bin/bash
# The lab machine's whole boot: devices, network, ssh. Servers (tgt, NFS, Samba) and the service are started by the tests.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc; mount -t sysfs sys /sys
mkdir -p /dev/pts /dev/shm; ln -sfn /proc/self/fd /dev/fd; ln -sf /proc/self/fd/0 /dev/stdin; ln -sf /proc/self/fd/1 /dev/stdout; ln -sf /proc/self/fd/2 /dev/stderr
mount -t devpts -o mode=620,ptmxmode=666,gid=5 devpts /dev/pts; mount -t tmpfs shm /dev/shm; mount -t tmpfs -o mode=755 run /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run/sshd /run/lock /run/lvm /run/udev /run/rpcbind /run/tgt /run/lock/iscsi /run/samba
mount -o remount,rw /
hostname lab; ip link set lo up
modprobe -a virtio_net bridge tun dm_mod loop
/lib/systemd/systemd-udevd --daemon
udevadm trigger --action=add --subsystem-match=block --subsystem-match=net; udevadm settle
ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0; ip route add default via 10.0.2.2
mkdir -p /srv/payload; mount -o ro /dev/disk/by-label/payload /srv/payload
/usr/sbin/sshd
if [ "$(cat /sys/hypervisor/type 2>/dev/null)" = xen ]; then # a dom0: what Debian's xen and xen-qemu services start
  mkdir -p /run/xen /run/xenstored /var/lib/xen /var/log/xen/console
  modprobe -a xenfs xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xen-blkback xen-netback veth
  mount -t xenfs xenfs /proc/xen
  tools=/usr/lib/xen-4.17/bin
  $tools/xenstored --pid-file /run/xenstore.pid
  until xenstore-read -s / >/dev/null 2>&1; do sleep 0.1; done
  $tools/xen-init-dom0 >/dev/null
  $tools/xenconsoled --pid-file=/run/xenconsoled.pid
  /usr/libexec/xen-qemu-system-i386 -xen-domid 0 -xen-attach -name dom0 -nographic -M xenpv -daemonize -monitor /dev/null -serial /dev/null -parallel /dev/null -pidfile /run/qemu-dom0.pid </dev/null >/dev/null 2>&1
fi
echo LAB-READY > /dev/console
