#!/usr/bin/env perl
# The manual, the reference and `seep help finding` say what the tables say; the manual's examples run.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Path qw(make_path);
use Fleet qw(fleet);
use Test::More;
use Seep;

my $build = $ENV{BUILD} // root() . '/build';
my $page = spit(scratch() . '/seep.1', seep('help', 'man')->{out});
my $roff = slurp($page);

sub found { return grep { -x "$_/$_[0]" } split /:/, $ENV{PATH} }

sub lints { # a command that says nothing about a page without faults
    my ($name, @command) = @_;
    return pass("no $name here (a Debian package)") if !found($command[0]);
    open my $out, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh', @command, $page or die "sh: $!";
    local $/;
    is(<$out> // '', '', "$name finds nothing");
}

subtest 'the page is clean' => sub {
    lints('mandoc', 'mandoc', '-T', 'lint', $page);
    lints('groff', 'groff', '-man', '-ww', '-z');
    my @sections = $roff =~ /^\.SH (.*)$/mg;
    is_deeply(\@sections, ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'COMMANDS', 'VALUES', 'FILES', 'ENVIRONMENT', 'EXIT STATUS',
        'HOW TO READ A FINDING', 'EXAMPLES', 'SEE ALSO'], 'its sections');
};

subtest 'every option of every command' => sub {
    (my $plain = $roff) =~ s/\\-/-/g;
    my ($commands) = seep('help')->{out} =~ /^commands:\n(.*?)\n\n/ms;
    for my $command ($commands =~ /^  ([a-z]+)/mg) {
        my ($ours) = $plain =~ /^\.SS seep $command\n(.*?)^\.S[SH]/ms;
        my ($options) = seep('help', $command)->{out} =~ /^options:\n(.*?)\n\n/ms;
        my @missing = grep { $ours !~ /^\\fB(?:-\w, )?--\Q$_\E[ \\]/m } ($options // '') =~ /^  (?:-\w,|   ) --([a-z-]+)/mg;
        is("@missing", '', "seep $command");
    }
};

subtest 'each value that an option takes is explained' => sub {
    my ($values) = seep('help', 'reference')->{out} =~ /^## Values\n(.*?)^## /ms;
    for my $kind (qw(TIME SIZE RATE FACTOR SHARE N LIMIT RUN DIR FILE)) {
        like($values, qr/^\| `$kind` \|/m, $kind);
    }
};

is(slurp(root() . '/harness/REFERENCE.md'), seep('help', 'reference')->{out}, 'harness/REFERENCE.md is what `make reference` writes');

subtest 'each word of a report is in `seep help finding`' => sub {
    my $help = seep('help', 'finding')->{out};
    $help =~ s/\s+/ /g;
    my %words = map { $_ => 1 } qw(GROWTH), 'NO GROWTH', 'INCONCLUSIVE', 'sees growth from', 'linear through', 'confidence';
    for my $file (glob root() . '/harness/report/terminal*.c') {
        my $source = slurp($file);
        $words{$_} = 1 for $source =~ /terminal_(?:labelled|heading)\(out, (?:[^",;]*\? )?"([^"]+)"/g,
            $source =~ /(?:terminal_remarks|put_said|put_command)\(out, (?:[^",;]*: )?"([^"]+)"/g,
            $source =~ /headed \? "" : "([^"]+)"/g, $source =~ /first \? "([^"]+)"/g, $source =~ /%s([A-Z][a-z ]+)%s \(%zu\)/g;
    }
    for my $file (glob root() . '/harness/report/{html,plot}*.c') {
        next if $file =~ /compar|suspects|instances/; # of two runs, of production
        $words{$_} = 1 for grep { defined } slurp($file) =~ /<h2>([A-Z][^<%"(]*[^<%"( ])|(?:html_remarks\(&page|add_part\(out), "([^"]+)"/g;
    }
    my $terminal = slurp(root() . '/harness/report/terminal.c');
    $words{$_} = 1 for map { /"([^"]+)"/g } $terminal =~ /words\[\] = \{([^}]*)\}/g;
    $words{$_} = 1 for map { /"([^"]+)"/g } slurp(root() . '/harness/report/judged.c') =~ /words\[\] = \{([^}]*)\}/g;
    my ($steps) = slurp(root() . '/harness/report/say.c') =~ /words\[STEP_COUNT\] = \{(.*?)\}/s;
    $words{$_} = 1 for $steps =~ /"([^"]+)"/g;
    my ($kinds) = slurp(root() . '/harness/model/result.h') =~ /enum finding_kind \{(.*?)\}/s;
    $words{lc $_} = 1 for $kinds =~ /FINDING_(\w+)/g;
    cmp_ok(scalar(keys %words), '>', 45, 'the sources were read');
    my @missing = grep { $help !~ /\b\Q$_\E\b/ } sort keys %words;
    is(join(', ', @missing), '', 'all of them');
};

subtest 'each word about production is in `seep help production`' => sub {
    (my $help = seep('help', 'production')->{out}) =~ s/\s+/ /g;
    my %words;
    $words{$_} = 1 for slurp(root() . '/harness/report/suspects_terminal.c') =~ /(?:terminal_heading|put_names|put_list)\(out, "([^"]+)"/g,
        slurp(root() . '/harness/report/html_suspects.c') =~ /<h2>([A-Z][^<%"(]*[^<%"( ])/g,
        map { /"([A-Z ]{5,})"/g } slurp(root() . '/harness/report/say_suspects.c');
    cmp_ok(scalar(keys %words), '>', 12, 'the sources were read');
    my @missing = grep { $help !~ /\b\Q$_\E\b/ } sort keys %words;
    is(join(', ', @missing), '', 'all of them');
};

# A directory in which the examples work: a log of a library that leaks, its server, two snapshots.
my $home = scratch() . '/home';
make_path("$home/scenarios/shop");
symlink "$build/servers/library", "$home/server" or die "symlink: $!";
my $number = 0;
spit("$home/access.log", join '', map {
    sprintf qq{10.0.0.%d - - [17/May/2025:10:%02d:%02d +0000] "%s HTTP/1.1" 200 3 "-" "curl/8"\n}, 1 + $number % 9,
        $number / 60, $number++ % 60, $_
} map { ("GET /books/@{[$_ * 7 % 90]}", "GET /shelf?row=$_", "GET /loans/reader" . $_ * 13 % 40) } 1 .. 40);
spit("$home/scenarios/shop/service.yaml", <<'YAML');
target: http://127.0.0.1:${PORT}
allow: [127.0.0.1]
start: {command: [./server, -p, "${PORT}"], directory: ../..}
YAML
system('cp', root() . "/tests/data/snapshots/python-$_->[0].txt", "$home/$_->[1].txt") for ['a', 'before'], ['b', 'after'];

my $fleet = fleet(from => 1714521600, days => 5, step => 900, instances => 2, endpoints => [['GET', '/books/{id}', 2], ['GET', '/loans/{slug}', 1, 200]]);
my @instances = @{$fleet->{instances}};
spit("$home/memory.csv", join "\n", 'time,instance,value', map { my $instance = $_;
    map { "$fleet->{times}[$_],$instance->{name},$instance->{memory}[$_]" } 0 .. $#{$fleet->{times}} } @instances);
spit("$home/requests.csv", join "\n", 'time,instance,endpoint,value', map { my $instance = $_; map { my $e = $_;
    map { "$fleet->{times}[$_],$instance->{name},$fleet->{endpoints}[$e][0] $fleet->{endpoints}[$e][1],$instance->{requests}[$e][$_]" } 0 .. $#{$fleet->{times}} } 0, 1 } @instances);

my ($target, $listen) = (free_port(), free_port());
my ($part) = $roff =~ /^\.SH EXAMPLES\n(.*?)^\.SH/ms;
my @examples = $part =~ /^\.nf\n(.*?)^\.fi$/msg;
my %ends = (bisect => qr/^(?:1|125)$/, run => qr/^(?:0|1|125)$/, compare => qr/^(?:0|1|125)$/); # a short one may leave the answer open

sub unescaped {
    my ($text) = @_;
    $text =~ s/\\&//g;
    $text =~ s/\\\(aq/'/g, $text =~ s/\\\(dq/"/g, $text =~ s/\\-/-/g, $text =~ s/\\e/\\/g;
    return $text;
}

sub run_example {
    my ($command) = @_;
    my $pid = fork() // die "fork: $!";
    if ($pid == 0) {
        chdir $home;
        $ENV{PATH} = scratch() . "/bin:$ENV{PATH}";
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$home/out";
        open STDERR, '>', "$home/err";
        exec 'timeout', '60', 'sh', '-c', $command or POSIX::_exit(127);
    }
    if ($command =~ /^seep record/) { # until its 100 requests came
        for (1 .. 600) {
            last if waitpid($pid, POSIX::WNOHANG()) != 0;
            IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $listen) or select(undef, undef, undef, 0.05), next;
            system('curl', '-s', '-o', '/dev/null', "http://127.0.0.1:$listen/books/[1-50]");
        }
    } else {
        waitpid $pid, 0;
    }
    return $? >> 8;
}

subtest 'the examples run' => sub {
    make_path(scratch() . '/bin');
    symlink $ENV{SEEP} // "$build/seep", scratch() . '/bin/seep' or die "symlink: $!";
    cmp_ok(scalar @examples, '>=', 10, 'there are some');
    for my $example (map { unescaped($_) } @examples) {
        (my $command = $example) =~ s/127\.0\.0\.1:8080/127.0.0.1:$listen/g;
        start_server($target, $home, './server', '-p', $target) if $command =~ /^seep record/;
        $command =~ s/127\.0\.0\.1:5000/127.0.0.1:$target/g;
        $command =~ s/-p 5000/-p $target/g;
        $command =~ s/--budget 5m/--budget 3s/; # whole hunts are what other tests are about
        my ($name) = $command =~ /^seep (\w+)/;
        my $code = run_example($command);
        my $expected = $ends{$name} // 0;
        my $ended = like($code, ref $expected ? $expected : qr/^$expected$/, $example =~ s/\s*\\\n\s*/ /gr =~ s/\n//r);
        diag("$code: " . slurp("$home/out") . slurp("$home/err")) if !$ended;
        unlike(slurp("$home/err"), qr/^seep: (?!record: )/m, 'and is no bad usage');
        ok(-s "$home/$_", "$_ is there") for $command =~ /(?:--html|--junit|-o|>) ([a-z\/]+(?:\.\w+)?)/g;
    }
    ok(-s "$home/scenarios/recorded/$_", "recorded: $_") for 'service.yaml', 'get_books_id.yaml';
};

subtest 'installed, it works from there' => sub {
    my $there = scratch() . '/installed';
    my $ran = sub { open my $out, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh', @_ or die "sh: $!"; local $/; my $all = <$out>; close $out; return $all // '' };
    for my $case (["PREFIX=$there/a", "$there/a"], ["PREFIX=/usr", "DESTDIR=$there/b", "$there/b/usr"]) {
        my ($prefix, @variables) = (pop @$case, @$case);
        my $said = $ran->('make', '-s', '-C', root(), 'install', "BUILD=$build", @variables);
        is($?, 0, "make install @variables") or diag($said);
        ok(-s "$prefix/$_", $_) for 'bin/seep', 'lib/seep/libseep-malloc.so', 'lib/seep/agents/python/sitecustomize.py',
            'lib/seep/agents/node/agent.js', 'share/man/man1/seep.1', 'share/bash-completion/completions/seep',
            'share/zsh/site-functions/_seep', 'share/fish/vendor_completions.d/seep.fish', 'share/doc/seep/REFERENCE.md';
        is($ran->("$prefix/bin/seep", '--version'), seep('--version')->{out}, 'its version');
        is($ran->('grep', '-rlF', root(), $prefix), '', 'no path of the build in it');
        is(slurp("$prefix/share/man/man1/seep.1"), $roff, 'its manual');
    }
    my $checked = $ran->("$there/a/bin/seep", '--db', "$there/seep.db", 'check', "$home/scenarios/shop");
    like($checked, qr/^live_bytes .*by malloc agent/m, 'it finds its agents there');
};

done_testing();
