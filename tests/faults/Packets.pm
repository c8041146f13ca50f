# A network namespace with an outside that swallows everything, and a count of each packet that leaves for it: loopback, an
# interface with the default routes (so every made-up net is "outside"), a resolver that the test tells what to answer.
# Nothing of it touches the machine's own network; it is gone with the process.
package Packets;
use strict;
use warnings;
use Exporter qw(import);
use IO::Socket::INET;
use Socket qw(:DEFAULT inet_ntop inet_pton AF_INET6 SOCK_DGRAM SO_RCVBUF MSG_DONTWAIT);
use POSIX ();

our @EXPORT = qw(enter counted resolver);

use constant {PACKET => 17, ALL => 0x0300, OUTGOING => 4, SOL_PACKET => 263, STATISTICS => 6, ATTACH_FILTER => 26, RCVBUFFORCE => 33, BUFFER => 32 << 20};

my (%socket, $interfaces);

# Over loopback all that the targets are sent goes by: seen is what leaves, of TCP only what opens a connection. Classic BPF,
# [code, jump if true, jump if false, operand], on packets that begin with their network header; bpf(4), linux/filter.h.
my @opens = (
    [0x30, 0, 0, 0xfffff004], [0x15, 0, 15, OUTGOING],                            # the kind of the packet
    [0x30, 0, 0, 0], [0x54, 0, 0, 0xf0], [0x15, 0, 6, 0x40],                      # IPv4?
    [0x30, 0, 0, 9], [0x15, 0, 9, 6], [0xb1, 0, 0, 0], [0x50, 0, 0, 13], [0x54, 0, 0, 0x12], [0x15, 5, 6, 2], # TCP: SYN without ACK
    [0x30, 0, 0, 6], [0x15, 0, 3, 6], [0x30, 0, 0, 53], [0x54, 0, 0, 0x12], [0x15, 0, 1, 2],               # the same of IPv6
    [0x06, 0, 0, 256], [0x06, 0, 0, 0],
);

sub filter {
    my ($socket) = @_;
    my $program = join '', map { pack 'S C C L', @$_ } @opens;
    setsockopt $socket, SOL_SOCKET, ATTACH_FILTER, pack 'S x![J] P', scalar @opens, $program or die "filter: $!";
}

sub run { return system("@_ >/dev/null 2>&1") == 0 }

# Starts the program again within the namespace. Returns there; why it cannot be, as one line, outside.
sub enter {
    my ($program, @arguments) = @_;
    if (!$ENV{SEEP_TEST_INSIDE}) {
        return 'only root may make a network namespace' if $> != 0;
        return 'neither unshare nor ip is here' if !run('unshare --version') || !run('ip -V');
        return 'no network namespace may be made here' if !run('unshare --net --mount true');
        return 'this kernel has no veth interfaces' if !run('unshare --net ip link add out type veth peer name far');
        $ENV{SEEP_TEST_INSIDE} = 1;
        exec 'unshare', '--net', '--mount', '--propagation', 'private', $^X, $program, @arguments;
    }
    run($_) or die "in the namespace: $_\n" for 'ip link set lo up', 'ip link add out type veth peer name far', 'ip link set dev out arp off',
        'ip link set out up', 'ip link set far up', 'ip address add 10.255.0.1/24 dev out', 'ip address add fd00:255::1/64 dev out nodad',
        'ip route add default dev out', 'ip -6 route add default dev out';
    for my $name ('out', 'lo') {
        socket $socket{$name}, PACKET, SOCK_DGRAM, ALL or die "packet socket: $!";
        setsockopt $socket{$name}, SOL_SOCKET, RCVBUFFORCE, BUFFER or die "buffer: $!";
        filter($socket{$name}) if $name eq 'lo';
        my ($index) = qx(ip -o link show dev $name) =~ /^(\d+)/;
        bind $socket{$name}, pack 'S n i S C C a8', PACKET, 3, $index, 0, 0, 0, '' or die "bind: $!";
    }
    return;
}

sub parsed { # protocol, destination, port, is it the first of a connection
    my ($packet) = @_;
    my $version = ord($packet) >> 4;
    my ($protocol, $to, $behind);
    if ($version == 4) {
        ($protocol, $to, $behind) = (ord(substr $packet, 9, 1), inet_ntop(AF_INET, substr $packet, 16, 4), substr $packet, 4 * (ord($packet) & 15));
    } elsif ($version == 6) {
        ($protocol, $to, $behind) = (ord(substr $packet, 6, 1), inet_ntop(AF_INET6, substr $packet, 24, 16), substr $packet, 40);
    } else {
        return;
    }
    my $port = $protocol == 6 || $protocol == 17 ? unpack 'x2 n', $behind : 0;
    my $flags = $protocol == 6 && length $behind > 13 ? ord(substr $behind, 13, 1) : 0;
    return ($protocol, $to, $port, $protocol != 6 || ($flags & 0x12) == 0x02);
}

sub drained {
    my ($name) = @_;
    my @packets;
    while (defined(my $from = recv $socket{$name}, my $packet, 256, MSG_DONTWAIT)) {
        my $kind = (unpack 'S n i S C', $from)[4];
        push @packets, $packet if $kind == OUTGOING;
    }
    my ($seen, $dropped) = unpack 'L L', getsockopt $socket{$name}, SOL_PACKET, STATISTICS;
    die "$dropped packets were not seen\n" if $dropped;
    return @packets;
}

# Runs the code; what left meanwhile: {outside => ["192.0.2.1:80", ...] each packet to another place than those given (HOST:PORT, HOST), by
# the way out or over loopback (there the first of a connection); dns => how many went to the resolver; code => what it returned}.
sub counted {
    my ($allowed, $code) = @_;
    my %allowed = map { $_ => 1 } @$allowed;
    drained($_) for 'out', 'lo';
    my %counted = (outside => [], dns => 0, allowed => 0, code => $code->());
    for my $name ('out', 'lo') {
        for my $packet (drained($name)) {
            my ($protocol, $to, $port, $first) = parsed($packet) or next;
            next if $to =~ /^ff02:/;                    # the kernel's own: routers, listeners of groups
            next if $name eq 'lo' && !$first;           # an answer, or more of what was counted
            next if $name eq 'lo' && $protocol == 58 || $protocol == 1; # unreachable, of the kernel
            if ($protocol == 17 && $port == 53 && $to eq '127.0.0.53') {
                $counted{dns}++;
            } elsif ($protocol == 17 && $name eq 'lo') {
                next if $to eq '127.0.0.1';             # the resolver's answer
                push @{$counted{outside}}, "udp $to:$port";
            } elsif ($allowed{"$to:$port"} || $allowed{$to}) {
                $counted{allowed}++;
            } else {
                push @{$counted{outside}}, "$to:$port";
            }
        }
    }
    return \%counted;
}

# A resolver at 127.0.0.53 for this namespace alone. answers: name => sub (how often it was asked for this type before; 'A' or
# 'AAAA') that returns addresses; what it does not know does not exist. Returns its process number.
sub resolver {
    my ($scratch, $answers) = @_;
    open my $file, '>', "$scratch/resolv.conf" or die $!;
    print $file "nameserver 127.0.0.53\noptions timeout:1 attempts:1\n";
    close $file;
    run("mount --bind $scratch/resolv.conf /etc/resolv.conf") or die "resolv.conf\n";
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.53', LocalPort => 53, Proto => 'udp') or die "resolver: $!";
    my $pid = fork() // die "fork: $!";
    return $pid if $pid != 0;
    my (%asked, $query);
    while (defined $socket->recv($query, 512)) {
        my ($at, @labels) = 12;
        while ((my $length = ord substr $query, $at, 1) > 0) {
            push @labels, substr $query, $at + 1, $length;
            $at += 1 + $length;
        }
        my ($name, $type) = (lc join('.', @labels), unpack "x@{[$at + 1]} n", $query);
        my $known = $answers->{$name};
        my @addresses = !$known ? () : $type == 1 ? $known->($asked{"$name A"}++ // 0, 'A') : $type == 28 ? $known->($asked{"$name AAAA"}++ // 0, 'AAAA') : ();
        my $records = join '', map { pack 'n n n N n/a', 0xc00c, $type, 1, 0, inet_pton($type == 1 ? AF_INET : AF_INET6, $_) } @addresses;
        $socket->send(pack('a2 n n n n n', substr($query, 0, 2), $known ? 0x8580 : 0x8583, 1, scalar @addresses, 0, 0) . substr($query, 12, $at + 5 - 12) . $records);
    }
    POSIX::_exit(0);
}

1;
