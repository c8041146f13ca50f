# What the tests of the agents share: a folder for sockets, and asking them.
package Agent;
use strict;
use warnings;
use Exporter qw(import);
use File::Path qw(make_path);
use HTTP::Tiny;
use IO::Socket::UNIX;
use JSON::PP;
use Seep;

our @EXPORT = qw(agent_folder sockets ask figures wait_until get stop_server);

my ($folders, $client) = (0, HTTP::Tiny->new(keep_alive => 0));

# A new folder that only its owner may enter. Names in it must stay short: a socket's path has 107 bytes.
sub agent_folder {
    my $folder = scratch() . '/a' . ++$folders;
    make_path($folder, {mode => 0700});
    return $folder;
}

sub sockets {
    my @found = glob("$_[0]/*.sock");
    return @found;
}

# (status, body) of one request to a socket; status 0 where nobody answers.
sub ask {
    my ($path, $target) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => $path) or return (0, '');
    print {$socket} "GET $target HTTP/1.0\r\n\r\n";
    $socket->flush;
    local $/;
    my ($head, $body) = split /\r\n\r\n/, <$socket> // '', 2;
    return (($head // '') =~ m{^HTTP/1\.0 (\d+) } ? $1 : 0, $body);
}

# What a socket tells after a collection.
sub figures { return decode_json((ask($_[0], $_[1] // '/read?gc=1'))[1]) }

# Waits up to ten seconds for something to be true; what it was at last.
sub wait_until {
    my ($true) = @_;
    for (1 .. 500) {
        my $value = $true->();
        return $value if $value;
        select undef, undef, undef, 0.02;
    }
    return $true->();
}

# How many of so many requests were answered 200.
sub get {
    my ($port, $target, $count) = @_;
    return scalar grep { $client->get("http://127.0.0.1:$port$target")->{status} == 200 } 1 .. $count // 1;
}

sub stop_server {
    my ($pid) = @_;
    kill 'TERM', $pid;
    waitpid $pid, 0;
    return $?;
}

1;
