"""Who a process of the node is: its user, its groups, its control group."""

import os
import subprocess
import tempfile

from machine import LIBC, Refused, run


class ControlGroups:
    """Groups that rules ask for (net/netfilter/xt_cgroup.c): cgroup2 by path, net_cls by class id. They go with the agent."""

    def __init__(self):
        self.unified = self.mounted('cgroup2')
        self.classes = None
        self.made = []
        self.own_mount = None

    @staticmethod
    def mounted(kind, option=None):
        with open('/proc/self/mounts') as file:
            for line in file:
                _, place, found, options = line.split()[:4]
                if found == kind and (option is None or option in options.split(',')):
                    return place
        return None

    def make(self, directory):
        if not os.path.isdir(directory):
            self.make(os.path.dirname(directory))
            os.mkdir(directory)
            self.made.append(directory)
        return directory

    def path(self, group):
        if self.unified is None:
            raise Refused('cgroup2 is not mounted')
        return self.make(os.path.join(self.unified, group.strip('/')).rstrip('/'))

    def of_class(self, number):
        if self.classes is None:
            self.classes = self.mounted('cgroup', 'net_cls')
        if self.classes is None:
            self.own_mount = self.classes = tempfile.mkdtemp(prefix='packetwalk-net-cls-')
            run(['mount', '-t', 'cgroup', '-o', 'net_cls', 'net_cls', self.classes])
        if number == 0:
            return self.classes
        directory = self.make(os.path.join(self.classes, 'packetwalk-%d' % number))
        with open(os.path.join(directory, 'net_cls.classid'), 'w') as file:
            file.write(str(number))
        return directory

    @staticmethod
    def join(directory):
        with open(os.path.join(directory, 'cgroup.procs'), 'w') as file:
            file.write('0')

    def close(self):
        for directory in reversed(self.made):
            try:
                os.rmdir(directory)
            except OSError:
                pass
        if self.own_mount:
            subprocess.run(['umount', self.own_mount], check=False)
            os.rmdir(self.own_mount)


GROUPS = ControlGroups()


class Identity:
    """What a socket remembers of who opens it: user, groups and control group. The class is the process's own as long as it lives."""

    def __init__(self, who):
        self.who = who

    def __enter__(self):
        who = self.who
        if who.get('groups') is not None:
            self.groups = os.getgroups()
            os.setgroups(who['groups'])
        if who.get('cgroup') is not None:
            with open('/proc/self/cgroup') as file:
                self.home = [line[3:].strip() for line in file if line.startswith('0::')][0]
            GROUPS.join(GROUPS.path(who['cgroup']))
        # The owner match looks at the file system ids of who opened the socket (net/netfilter/xt_owner.c).
        if who.get('uid') is not None:
            LIBC.setfsuid(who['uid'])
        if who.get('gid') is not None:
            LIBC.setfsgid(who['gid'])

    def __exit__(self, *_):
        LIBC.setfsuid(0)
        LIBC.setfsgid(0)
        if self.who.get('groups') is not None:
            os.setgroups(self.groups)
        if self.who.get('cgroup') is not None:
            GROUPS.join(GROUPS.path(self.home))
