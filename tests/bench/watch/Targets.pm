# Servers on free ports that do next to nothing for a request, so that what an agent adds shows.
package Targets;
use strict;
use warnings;
use Agents;
use Bench;
use Exporter qw(import);
use IO::Socket::INET;

our @EXPORT = qw(target_names target_agent target_missing start_target stop_target ask_all cpu_ns drive);

my $here = root() . '/tests/bench/watch';
my $connections = 4;
my $series = 200;
my $directories = 0;

my $nginx_configuration = <<'END';
daemon off;
pid DIR/nginx.pid;
error_log DIR/error.log crit;
worker_processes 1;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/fastcgi;
    uwsgi_temp_path DIR/uwsgi; scgi_temp_path DIR/scgi;
    server { listen 127.0.0.1:PORT; root DIR/pages; location = /ok { return 200 "ok\n"; } }
}
END

sub nginx {
    my ($port, $directory) = @_;
    my $text = ($> == 0 ? "user root;\n" : '') . $nginx_configuration; # so that the worker can make its socket
    $text =~ s/DIR/$directory/g;
    $text =~ s/PORT/$port/;
    spit("$directory/nginx.conf", $text);
    spit("$directory/pages/metrics", join '', map { sprintf "seep_bench{last=\"%d\",route=\"/item/%d\"} %d\n", $_ == $series, $_, 1000 * $_ } 1 .. $series);
    spit("$directory/pages/memory.json", '{' . join(',', map { sprintf '"%s":%d', $_ == $series ? 'last' : "member_$_", 1000 * $_ } 1 .. $series) . "}\n");
    return ('nginx', '-p', $directory, '-e', "$directory/error.log", '-c', "$directory/nginx.conf");
}

# processes: those that have an agent's socket
my %targets = (
    gunicorn => {agent => 'python', processes => 2, program => '/usr/bin/python3', path => '/ok',
        command => sub { ('/usr/bin/python3', '-m', 'gunicorn', '-w', 1, '-k', 'gthread', '--threads', $connections, '--keep-alive', 60, '-b', "127.0.0.1:$_[0]", '--chdir', $here, 'app:app') }},
    node => {agent => 'node', processes => 1, program => 'node', path => '/ok', command => sub { ('node', "$here/app.js", $_[0]) }},
    native => {agent => 'malloc', processes => 1, path => '/ok?bytes=64', command => sub { (build() . '/servers/native', $_[0]) }},
    nginx => {agent => 'malloc', processes => 2, program => 'nginx', path => '/ok', command => \&nginx},
);

sub target_names { return qw(gunicorn node native nginx) }
sub target_agent { return $targets{$_[0]}{agent} }

sub target_missing {
    my $target = $targets{$_[0]};
    return ($target->{program} ? program_missing($target->{program}) : undef) // agent_missing($target->{agent});
}

# With that agent, or undef: without.
sub start_target {
    my ($name, $agent) = @_;
    my $target = $targets{$name};
    my $port = free_port();
    my $directory = scratch() . '/target.' . ++$directories;
    my $started = under_agent($agent, $target->{command}->($port, $directory));
    wait_for($name, sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) });
    $started->{sockets} = [sockets_of($started, $target->{processes})] if defined $agent;
    my %kib = map { $_->[0] => sprintf '%.1f', (-s "$directory/pages/$_->[1]" // 0) / 1024 } ['metrics', 'metrics'], ['json', 'memory.json'];
    return {%$started, name => $name, origin => "http://127.0.0.1:$port", url => "http://127.0.0.1:$port$target->{path}", page_kib => \%kib};
}

sub stop_target { stop($_[0]{pid}) }

sub ask_all {
    my ($started, $path) = @_;
    bodies($_, $path, 1) for @{$started->{sockets}};
}

# Process and descendants.
sub family {
    my @pids = @_;
    for (my $i = 0; $i < @pids; $i++) {
        push @pids, map { split ' ', slurp($_) } glob "/proc/$pids[$i]/task/*/children";
    }
    return @pids;
}

sub cpu_ns {
    my ($started) = @_;
    my $ran = measure({wrap => []}, build() . '/bench/cputime', family($started->{pid}));
    return $ran->{exit} == 0 ? $ran->{out} : die $ran->{err};
}

# Requests for so long, on a few connections; {cpu_us (of the target, per request), per_second, requests, failed}
sub drive {
    my ($started, $seconds) = @_;
    my $before_ns = cpu_ns($started);
    my $ran = measure({interrupt => $seconds}, 'wrk', '-t1', '-c', $connections, '-d', '60s', $started->{url});
    my $cpu_ns = cpu_ns($started) - $before_ns;
    my ($requests, $per_second) = map { $ran->{out} =~ $_ ? $1 : die "wrk: $ran->{out}$ran->{err}\n" } qr/^\s*(\d+) requests in/m, qr{^Requests/sec:\s+(\S+)}m;
    my $failed = 0;
    $failed += $_ for $ran->{out} =~ /^\s*Non-2xx or 3xx responses: (\d+)/m;
    $failed += $_ for map { /(\d+)/g } $ran->{out} =~ /^\s*Socket errors: (.*)/m;
    return {cpu_us => $cpu_ns / 1e3 / $requests, per_second => $per_second, requests => $requests, failed => $failed};
}

1;
