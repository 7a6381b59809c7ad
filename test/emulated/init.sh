#!/bin/busybox sh
# The emulated machine's first and only process: loads what the cases need and hands over to the harness's agent, which
# talks over a virtio port. The machine ends with it.
export PATH=/usr/sbin:/sbin:/usr/bin:/bin LC_ALL=C
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mkdir -p /tmp /run
# conntrack, nat and IPVS want crc32c, whose provider nothing names; TRACE wants a logger of the syslog kind to be there.
modprobe crc32c_generic
modprobe -a virtio_pci virtio_console ip_vs ip_vs_rr ip_vs_sh nf_conntrack_netlink nfnetlink_log nf_log_syslog xt_TRACE veth dummy geneve vxlan
/sbin/ip link set lo up
# A virtio port takes one opener: both directions go through one descriptor.
exec 3<>/dev/vport0p1
PYTHON -S /agent/agent.py <&3 >&3
/bin/busybox poweroff -f
