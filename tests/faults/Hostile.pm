# A server of raw TCP that answers as it is told, a process for each connection, and what a command took of memory.
package Hostile;
use strict;
use warnings;
use Exporter 'import';
use FindBin;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX qw(_exit WNOHANG);
use Seep;
use Time::HiRes qw(time sleep);

our @EXPORT = qw(some_of serve said answer measured mib_of drip flood until_closed);

my @serving;

# All of a list; in the short form every so manieth.
sub some_of {
    my ($every, @list) = @_;
    return ($ENV{FAULTS} // '') eq 'short' ? @list[grep { $_ % $every == 0 } 0 .. $#list] : @list;
}

# One request's head, "" at the end.
sub read_head {
    my ($socket) = @_;
    my $head = '';
    while ($head !~ /\r?\n\r?\n/) {
        sysread($socket, $head, 65536, length $head) or return '';
    }
    return $head;
}

sub answer { # a whole one, so that the connection may go on
    my ($socket, $body, @fields) = @_;
    return said($socket, join("\r\n", 'HTTP/1.1 200 OK', 'Content-Length: ' . length $body, @fields, '', $body));
}

# False once nobody takes it any more.
sub said {
    my ($socket, $bytes) = @_;
    my $at = 0;
    while ($at < length $bytes) {
        my $length = syswrite $socket, $bytes, length($bytes) - $at, $at;
        return 0 if !defined $length;
        $at += $length;
    }
    return 1;
}

sub flood { # without an end, some 100 MB a second: until the peer closes, or a minute is over
    my ($socket, $bytes) = @_;
    my $until = time() + 60;
    my $piece = $bytes x (1 + 500_000 / length $bytes);
    sleep 0.005 while time() < $until && said($socket, $piece);
    return 0;
}

sub drip { # a byte a second
    my ($socket, $bytes) = @_;
    for my $byte (split //, $bytes) {
        said($socket, $byte) or return 0;
        sleep 1;
    }
    return 0;
}

sub until_closed { # says nothing more
    my ($socket) = @_;
    1 while sysread $socket, my $bytes, 65536;
    return 0;
}

# Listens on a free port of loopback and returns (port, pid). Each connection gets a process, which hands each request to
# answers($path, $head, $socket): true where the connection goes on. given: backlog => 1, port => a fixed one, unix => a path
# instead, raw => 1 (handed the socket at once).
sub serve {
    my ($answers, %given) = @_;
    my $listener = defined $given{unix} ? IO::Socket::UNIX->new(Local => $given{unix}, Listen => 512)
        : IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $given{port} // 0, Listen => $given{backlog} // 512, ReuseAddr => 1);
    $listener or die "listen: $!";
    my $pid = fork() // die "fork: $!";
    if ($pid == 0) {
        setpgrp 0, 0;
        $SIG{CHLD} = 'IGNORE';
        $SIG{PIPE} = 'IGNORE';
        while (1) {
            my $socket = $listener->accept or next;
            my $child = fork();
            if (defined $child && $child == 0) {
                close $listener;
                eval { one($answers, $socket, %given); 1 } or print STDERR "# hostile: $@";
                _exit(0);
            }
            close $socket;
        }
    }
    push @serving, $pid;
    return (defined $given{unix} ? $given{unix} : $listener->sockport, $pid);
}

# An end that the peer sees as one, though bytes of its request are still there.
sub leave {
    my ($socket) = @_;
    return if !defined fileno $socket;
    local $SIG{ALRM} = sub { _exit(0) };
    alarm 2;
    shutdown $socket, 1;
    return until_closed($socket);
}

sub one {
    my ($answers, $socket, %given) = @_;
    $socket->autoflush(1);
    setsockopt $socket, Socket::IPPROTO_TCP(), Socket::TCP_NODELAY(), 1 if !defined $given{unix};
    return $answers->('', '', $socket) if $given{raw};
    while ((my $head = read_head($socket)) ne '') {
        my ($path) = $head =~ m{^\S+ (\S+)};
        $answers->($path // '', $head, $socket) or last;
    }
    return leave($socket);
}

# begin() of a command whose memory is measured: seep with these arguments.
sub measured {
    my ($given, @arguments) = @_;
    my $out = scratch() . "/$given->{name}.kib";
    my $job = begin({%$given, by => ['/usr/bin/python3', "$FindBin::Bin/measured.py", $out, @{$given->{by} // []}]}, @arguments);
    return {%$job, kib => $out};
}

sub mib_of { # the most that was resident, of what measured() began, once it was gathered
    my ($job) = @_;
    my $kib = slurp($job->{kib});
    return $kib =~ /(\d+)/ ? $1 / 1024 : -1;
}

END {
    my $status = $?;
    if (@serving && $$ == $main::owner) {
        for my $pid (@serving) {
            kill 'KILL', -$pid;
            waitpid $pid, 0;
        }
    }
    $? = $status;
}

$main::owner = $$;

1;
