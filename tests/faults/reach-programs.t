#!/usr/bin/env perl
# Which programs seep runs, with which words, and what they are given: no shell, no recorded text, an environment that is
# written down (README, "What a server that seep starts is given"), no descriptor of seep's own. Told by strace.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../cli";
use File::Path qw(make_path);
use JSON::PP;
use Test::More;
use Seep;
use Table;

plan(skip_all => 'strace cannot trace here') if system('strace -f -o /dev/null true >/dev/null 2>&1') != 0;

my $home = scratch();
my $db = "$home/seep.db";
my @nasty = ('$(touch trap)', '`touch trap`', '; touch trap', '| touch trap', '&& touch trap', "\$IFS'\"; touch trap #", '$((1+1))', '> trap', '*', '~', '!!', '%s%n', '${PATH}', '\\', '--help', '-o', '{a,b}', "\xe2\x80\xae");
my ($programs, $runs) = (0, 0);

# Runs seep beside strace; [[program, word, ...], ...] of all that was executed, but for seep itself.
sub executed {
    my ($given, @command) = @_;
    my $trace = "$home/trace";
    my $ran = seep({env => {PATH => $ENV{PATH}, %{$given->{env} // {}}}, in => $given->{in} // $home, timeout => 120, by => ['strace', '-f', '-qq', '-v', '-s', '100000', '-xx', '-e', 'trace=execve,execveat', '-e', 'signal=none',
        '-o', $trace]}, @command);
    my @all;
    for (split /\n/, slurp($trace)) {
        next if !/ execve(?:at)?\((.*) = 0$/;
        my ($path, $words) = $1 =~ /^(?:\w+, )?"([^"]*)", \[([^\]]*)\]/ or next;
        push @all, [map { s/\\x(..)/chr hex $1/ger } $path, $words =~ /"([^"]*)"/g];
    }
    shift @all; # seep
    $programs += @all;
    $runs++;
    return ($ran, \@all);
}
sub shells { return grep { $_->[0] =~ m{/(?:ba|da|a|z|k|fi|c|tc|mk)?sh$|/busybox$|/env$} } @{$_[0]} }

# A server that writes down how it was started, and answers.
my $server = spit("$home/server.pl", <<'END');
use strict; use warnings; use IO::Socket::INET;
my ($port, $file, @rest) = @ARGV;
opendir my $listing, '/proc/self/fd'; my @open = map { my $to = readlink "/proc/self/fd/$_"; defined $to ? "$_ $to" : () } grep { /^\d+$/ && $_ != fileno $listing } readdir $listing; closedir $listing;
open my $environ, '<', '/proc/self/environ'; local $/; my @environ = split /\0/, <$environ>; close $environ;
open my $core, '<', '/proc/self/limits'; my ($core) = <$core> =~ /^(Max core file size.*)$/m;
open my $out, '>>', $file; print $out join "\0", "words @ARGV", (map { "env $_" } sort @environ), (map { "fd $_" } sort @open), "umask " . umask, "core $core"; print $out "\0\n"; close $out;
exit 0 if !$port;
$/ = "\n";
$SIG{CHLD} = 'IGNORE';
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 64, ReuseAddr => 1) or die "port: $!";
while (my $peer = $listener->accept) {
    next if fork;
    my $head = '';
    while (defined(my $line = <$peer>)) { if ($line !~ /^\r?\n$/) { $head .= $line; next } read $peer, my $body, $1 if $head =~ /^Content-Length: (\d+)/mi; $head = ''; print $peer "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"objects\":50}" }
    exit;
}
END
my @recorded = map { my $bad = $_; (my $url = "/a?x=$bad") =~ s/([^!-~]|[#"<>\\^`{|}])/sprintf '%%%02X', ord $1/ge;
    (["/a?x=1&y=$url", header => {'User-Agent' => [$bad =~ s/[^ -~]//gr], 'X-Note' => [$bad =~ s/[^ -~]//gr]}, session => $bad], [$url]) } @nasty;

subtest 'run, bisect, check: the command and the hooks, word by word' => sub {
    my $list = join ', ', map { encode_json([$_]) =~ s/^\[|\]$//gr } '${PORT}', "$home/seen", grep { !/\$\{|[^ -~]/ } @nasty;
    my $hook = join ', ', map { encode_json([$_]) =~ s/^\[|\]$//gr } 0, "$home/hooks", grep { !/\$\{|[^ -~]/ } @nasty;
    my $yaml = "target: http://127.0.0.1:\${PORT}\nready_timeout: 5s\nagent: none\nsignals: [{name: live_objects, url: /m?gc=1, pointer: /objects, unit: objects}]\n"
        . "start: {command: [$^X, $server, $list]}\nreset: [$^X, $server, $hook]\n";
    my $service = make_service('nasty', $yaml, ['GET /a', '', @recorded], ['GET /$(touch trap)', '', map { ['/$(touch%20trap)', endpoint => 'GET /$(touch trap)'] } 1 .. 3]);
    for my $command (['check', $service], ['run', $service, '--requests', 40, '--connections', 2], ['bisect', $service, '--budget', '4s', '--confirm', '30']) {
        my ($ran, $all) = executed({}, @$command, $command->[0] eq 'check' ? () : ('--db', $db, '-q', $command->[0] eq 'run' ? ('--hold', '10ms') : (), '--html', "$home/x.html", '--issue', "$home/x.md"));
        like($ran->{exit}, qr/^(0|1|125)$/, "$command->[0] ran") or diag($ran->{err});
        my %seen = map { $_->[0] => 1 } @$all;
        is_deeply([keys %seen], [$^X], 'nothing is executed but the command and the hook') or diag(join "\n", map { "@$_" } @$all);
        my ($port) = map { $_->[3] } grep { $_->[4] eq "$home/seen" } @$all;
        my @wanted = ([$^X, $^X, $server, $port, "$home/seen", grep { !/\$\{|[^ -~]/ } @nasty], [$^X, $^X, $server, 0, "$home/hooks", grep { !/\$\{|[^ -~]/ } @nasty]);
        is_deeply([grep { $_->[4] eq "$home/hooks" } @$all]->[0], $wanted[1], 'the hook, with its words as they are');
        is_deeply([grep { $_->[4] eq "$home/seen" } @$all]->[0], $wanted[0], 'the command, with its words as they are');
    }
    ok(!-e "$home/trap" && !-e "$service/trap" && !-e "$home/nasty/trap", 'nothing was obeyed');
};

subtest 'recordings, whatever they hold' => sub {
    spit("$home/nasty.log", join '', map { my $bad = $_ =~ s/"/'/gr; qq{10.0.0.1 - $bad [12/Mar/2024:14:00:00 +0000] "GET /a?x=} . ($bad =~ s/([^!-~]|[#"<>\\^`{|}])/sprintf '%%%02X', ord $1/ger) . qq{ HTTP/1.1" 200 3 "$bad" "$bad"\n} } (@nasty) x 3);
    spit("$home/nasty.curl", join '', map { "curl 'http://h/a?\$(touch trap)' -H 'X: \`touch trap\`' --data '; touch trap'\n" } 1 .. 5);
    my ($ran, $all) = executed({}, 'import', "$home/nasty.log", "$home/nasty.curl", '-o', "$home/imported; touch trap", '--show-skipped', '--force');
    is($ran->{exit}, 0, 'import') or diag($ran->{err});
    is_deeply($all, [], 'executes nothing');
    my $port = free_port();
    ($ran, $all) = executed({}, 'run', "$home/nasty.log", '--target', $port, '-o', "$home/one", '--db', $db, '-q', '--requests', 40, '--connections', 2, '--hold', '10ms', '--', $^X, $server, $port, "$home/seen2", '$(touch trap)', '; touch trap');
    like($ran->{exit}, qr/^(0|1|125)$/, 'the one-line form') or diag($ran->{err});
    is_deeply([grep { $_->[0] ne $^X } @$all], [], 'executes its command alone');
    for my $command (['report', 'last', '--html', "$home/y.html", '--markdown', "$home/y.md", '--issue', "$home/y.issue", '--csv', "$home/csv"], ['report', 'last', '--github', "$home/y.github"], ['runs'], ['compare', '1', '2'], ['help']) {
        ($ran, $all) = executed({}, @$command, '--db', $db);
        is_deeply($all, [], "$command->[0]: nothing");
    }
    ok(!-e "$home/trap", 'nothing was obeyed');
};

subtest 'the client of compose' => sub {
    my $bin = "$home/bin";
    spit("$bin/docker", "#!$^X\nopen my \$out, '>>', '$home/docker.log'; print \$out join(' ', \@ARGV), \"\\n\"; print STDERR \"a warning\\n\";\n"
        . "my (\$what) = grep { /^(?:version|config|up|create)\$/ } \@ARGV; print '{\"name\":\"shop\",\"services\":{\"web\":{\"image\":\"x\"}}}' if \$what eq 'config';\nexit(\$what =~ /^(?:version|config)\$/ ? 0 : 1);\n");
    chmod 0755, "$bin/docker";
    spit("$home/composed/docker-compose.yml", "services: {web: {image: x}}\n");
    my $service = make_service('composed', "target: http://web:80\nstart: {compose: docker-compose.yml, service: web}\n", ['GET /a', '', @recorded[0 .. 3]]);
    my ($ran, $all) = executed({env => {PATH => "$bin:$ENV{PATH}"}}, 'run', $service, '--db', $db, '-q');
    like($ran->{err}, qr/`docker compose \w+` exited with status 1: a warning/, 'is asked, and what it prints is told apart from what it complains about') or diag($ran->{err});
    is_deeply([shells($all)], [], 'by no shell');
    like(slurp("$home/docker.log"), qr/^compose version\ncompose .*config.*\ncompose .*(?:up|create)/, 'with its words');
};
tried('programs executed by check, run, bisect, import, report, compare', $runs, "$programs programs, all of them commands of a scenario with their words as they stand; no shell", 'nothing');

# --- what a started server is given
my @kept = (HOME => '/nowhere', LANG => 'C.UTF-8', DB_PASSWORD => 'theirs', FOO => "a b\nc", TERM => 'dumb', http_proxy => 'http://127.0.0.1:9', SEEP_AGENT_STEADY => '0', SEEP_OTHER => 'x');
my @held_back = (SEEP_PROMETHEUS_TOKEN => 'production-token', SEEP_API_KEY => 'key-1', SEEP_PASSWORD => 'word');

sub given { # what the server, or a hook, wrote down of its last start
    my ($file) = @_;
    my @lines = split /\n(?=words |\z)/, slurp($file);
    my %told = (env => [], fd => []);
    for (split /\0/, $lines[-1]) {
        my ($what, $value) = /^(\w+) (.*)$/s or next;
        ref $told{$what} ? push @{$told{$what}}, $value : ($told{$what} = $value);
    }
    return \%told;
}

subtest 'the environment of a started server' => sub {
    my %files = (python => 'PYTHONPATH', node => 'NODE_OPTIONS', malloc => 'LD_PRELOAD');
    for my $agent ('none', short_form() ? 'python' : ('python', 'node', 'malloc')) {
        unlink "$home/seen3", "$home/hook3";
        my $service = make_service("given-$agent", "target: http://127.0.0.1:\${PORT}\nready_timeout: 5s\nagent: $agent\nreset: [$^X, $server, 0, $home/hook3]\n"
            . "start: {command: [$^X, $server, \"\${PORT}\", $home/seen3], environment: {FOO: given, ADDED: \"at \${PORT}\"}}\n", ['GET /a', '', (['/a']) x 4]);
        my @ours = (PATH => $ENV{PATH}, TMPDIR => $home, @kept);
        my @words;
        for (my @all = (@ours, @held_back); my ($name, $value) = splice @all, 0, 2;) { push @words, "$name=$value" }
        my $ran = seep({by => ['/usr/bin/env', '-i', @words]}, 'run', $service, '--db', $db, '-q', '--requests', 10, '--connections', 1, '--hold', '10ms');
        my ($seen, $hook) = (given("$home/seen3"), given("$home/hook3"));
        my ($port) = $seen->{words} =~ /^(\d+)/;
        my %environment = (@ours, FOO => 'given', ADDED => "at $port", PORT => $port);
        is_deeply([grep { !/^ADDED|^PORT/ } @{$hook->{env}}], [sort grep { !/^ADDED|^PORT/ } map { "$_=$environment{$_}" } keys %environment], "$agent: a hook has ours, less secrets of seep's own, and what the scenario adds");
        my ($directory) = map { /^SEEP_AGENT_DIR=(.*)/ } @{$seen->{env}};
        if ($agent ne 'none') {
            like($directory, qr{^\Q$home\E/seep-\w{6}$}, "$agent: a directory for its socket");
            my ($loads) = map { /^$files{$agent}=(.*)/s } @{$seen->{env}};
            like($loads, $agent eq 'malloc' ? qr{^\S+/libseep-malloc\.so$} : $agent eq 'python' ? qr{^\S+/agents/python$} : qr{^--require "\S+/agents/node/agent\.js"$}, "$agent: $files{$agent} loads it");
            @environment{'SEEP_AGENT_DIR', $files{$agent}} = ($directory, $loads);
        }
        is_deeply($seen->{env}, [sort map { "$_=$environment{$_}" } keys %environment], "$agent: nothing else is there, and nothing else is missing") or diag($ran->{err});
        is_deeply([map { /^(\d+)/ } @{$seen->{fd}}], [0, 1, 2], "$agent: no other descriptor");
        is((grep { /^0 / } @{$seen->{fd}})[0], '0 /dev/null', "$agent: standard input is /dev/null");
    }
    tried('variables and descriptors that a started server and a hook have', short_form() ? 2 : 4, 'as documented, one by one', 'secrets of seep itself are not handed on');
};

subtest 'a hunt asks Node to be steady, unless the environment says otherwise' => sub {
    for my $given (short_form() ? undef : (undef, '0')) {
        unlink "$home/seen4";
        my $service = make_service('steady' . ($given // ''), "target: http://127.0.0.1:\${PORT}\nready_timeout: 5s\nagent: node\nstart: {command: [$^X, $server, \"\${PORT}\", $home/seen4]}\n", ['GET /a', '', (['/a']) x 4]);
        seep({env => defined $given ? {SEEP_AGENT_STEADY => $given} : {}, timeout => 60}, 'bisect', $service, '--db', $db, '-q', '--budget', '2s', '--confirm', 10);
        is_deeply([grep { /^SEEP_AGENT_STEADY=/ } @{given("$home/seen4")->{env}}], ['SEEP_AGENT_STEADY=' . ($given // '1')], defined $given ? 'as given' : 'set to 1');
    }
};

done_testing();
