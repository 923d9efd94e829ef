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
echo LAB-READY > /dev/console
