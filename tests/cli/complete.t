#!/usr/bin/env perl
# Completions of bash, zsh and fish, in those shells; each word that they offer is one that the program takes.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $home = scratch() . '/home';
mkdir $home;
mkdir "$home/$_" for 'scenarios', 'bin';
spit("$home/scenario.log", '');
symlink $ENV{SEEP} // root() . '/build/seep', "$home/bin/seep" or die "symlink: $!";
spit("$home/$_", seep('help', $_ eq '_seep' ? 'zsh' : $_)->{out}) for qw(bash fish _seep);

# A store with runs, two with labels: one of them would be a command if it were expanded.
my $hostile = '$(touch pwned) `touch pwned` x';
my $service = make_service('tiny', "target: http://127.0.0.1:\${PORT}\nallow: [127.0.0.1]\nstart: {command: [sleep, '9']}\nready_timeout: 100ms\n",
    ['GET /a', '', ['/a']]);
for my $label ('before fix', $hostile, '') {
    my $ran = seep({in => $home}, 'run', $service, '--db', 'other.db', '--label', $label, '-q');
    like($ran->{err}, qr/not ready after/, 'a run that ends at once') or diag($ran->{err});
}

sub run { # what a command prints, in $home
    my (@command) = @_;
    my $pid = open(my $out, '-|') // die "fork: $!";
    if ($pid == 0) {
        chdir $home;
        $ENV{HOME} = $home;
        $ENV{PATH} = "$home/bin:$ENV{PATH}";
        open STDERR, '>&', \*STDOUT;
        open STDIN, '<', '/dev/null';
        exec 'timeout', '20', @command or POSIX::_exit(127);
    }
    local $/;
    my $all = <$out> // '';
    close $out;
    return $all;
}

# What is typed, and what is offered for its last word: all of these (and of files nothing else).
my @cases = (
    [[qw(seep ru)], [qw(run runs)]],
    [[qw(seep --color always com)], ['compare']],
    [[qw(seep bisect --strat)], ['--strategy']],
    [[qw(seep bisect --strategy ''), ''], [qw(seep linear binary ddmin)]],
    [[qw(seep run --arrivals p)], ['poisson']],
    [[qw(seep import --assets ''), ''], [qw(keep group drop)]],
    [[qw(seep diff --format py)], []],
    [[qw(seep diff --format jemalloc_)], [qw(jemalloc_heap jemalloc_stats)]],
    [[qw(seep import --format h)], [qw(har h2load)]],
    [[qw(seep suspects --preset f)], [qw(flask fastapi)]],
    [[qw(seep suspects --requests-are ''), ''], [qw(counter rate increase)]],
    [[qw(seep help f)], [qw(formats finding fish)]],
    [[qw(seep run --output s)], ['scenarios'], 'd'],
    [[qw(seep check scen)], ['scenarios', 'scenario.log'], 'd'],
    [[qw(seep --db other.db report ''), ''], ['last', 1, 2, 3, 'before fix', $hostile]],
    [[qw(seep report --db other.db be)], ['before fix']],
    [[qw(seep report ''), ''], ['last']],
    [[qw(seep run --rate 5)], []],
);
$_->[0] = [grep { $_ ne "''" } @{$_->[0]}] for @cases;
sub typed { return join ' ', @{$_[0]} }

sub has { return scalar grep { -x "$_/$_[0]" } split /:/, $ENV{PATH} }

subtest 'bash' => sub {
    plan skip_all => 'no bash here' if !has('bash');
    is(run('bash', '-n', 'bash'), '', 'its syntax');
    for my $case (@cases, [[qw(seep --color = a)], [qw(auto always)]]) {
        my $out = run('bash', '--norc', '-c', 'source ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _seep
            for word in "${COMPREPLY[@]}"; do printf "%s\n" "$word"; done', 'bash', @{$case->[0]});
        my @words = map { run('bash', '-c', "printf %s $_") } split /\n/, $out; # as they are read back
        is_deeply([sort @words], [sort @{$case->[1]}], typed($case->[0]));
    }
    like(run('bash', '--norc', '-c', 'source ./bash; complete -p seep'), qr/-F _seep seep/, 'it is asked for seep');
};

subtest 'fish' => sub {
    plan skip_all => 'no fish here (a Debian package)' if !has('fish');
    is(run('fish', '--no-config', '-n', 'fish'), '', 'its syntax');
    for my $case (@cases) {
        my $out = run('fish', '--no-config', '-c', 'source fish; complete -C"$argv[1]"', typed($case->[0]));
        my @words = map { s/\t.*//r =~ s{/$}{}r } split /\n/, $out;
        is_deeply([sort @words], [sort @{$case->[1]}], typed($case->[0]));
    }
    like(run('fish', '--no-config', '-c', 'source fish; complete -C"seep run --la"'), qr/^--label\ta name for the run$/m, 'with what it is');
};

subtest 'zsh' => sub {
    plan skip_all => 'no zsh here (a Debian package)' if !has('zsh');
    is(run('zsh', '-f', '-n', '_seep'), '', 'its syntax');
    # A zsh on a terminal of its own: what compadd is given is what would be offered.
    spit("$home/ask.zsh", <<'ZSH');
zmodload zsh/zpty
zpty asked zsh -f -i
integer answered=0
: >hits
asked() { zpty -w asked "$1"; }
asked "PS1= PROMPT_EOL_MARK= LISTMAX=100000; fpath=($PWD \$fpath); autoload -Uz compinit; compinit -u -d $PWD/dump; zstyle ':completion:*' list-grouped false"
asked "compadd() { if [[ \$@[1,(i)(-|--)] == *-(O|A|D)\ * ]]; then builtin compadd \"\$@\"; return; fi; typeset -a _hits; builtin compadd -A _hits \"\$@\"; print -rl -- \${(Q)_hits} >>$PWD/hits; builtin compadd \"\$@\"; }"
asked "ask() { print -r -- \"DONE\" >>$PWD/hits; zle kill-whole-line; }; zle -N ask; bindkey '^X^D' ask; bindkey '^I' complete-word; : >$PWD/ready"
for i in {1..100}; do [[ -e ready ]] && break; sleep 0.05; done
for line in "$@"; do
    zpty -w -n asked "$line"$'\t\C-x\C-d'
    for i in {1..100}; do
        (( $(grep -c '^DONE$' hits) > answered )) && break
        zpty -r -t asked rest; sleep 0.03
    done
    (( answered++ ))
done
zpty -d asked
cat hits
ZSH
    my @answers = split /^DONE\n/m, run('zsh', '-f', 'ask.zsh', map { typed($_->[0]) } @cases);
    for my $case (@cases) {
        my %words = map { $_ => 1 } grep { length } split /\n/, shift(@answers) // '';
        is_deeply([sort keys %words], [sort @{$case->[1]}], typed($case->[0]));
    }
};

ok(!-e "$home/pwned", 'no label was run');

subtest 'what is offered is taken' => sub {
    my $bash = slurp("$home/bash");
    my %operands = (import => ['none.log', '-o', 'none'], diff => ['none.a', 'none.b']);
    for my $case (qw(bisect:strategy run:arrivals import:assets import:format diff:format run:methods)) {
        my ($command, $option) = split /:/, $case;
        my ($words) = $bash =~ /'$command --$option'\) .*?compgen -W '([^']+)'/ or fail("no words of $case");
        my @refused = grep { seep($command, @{$operands{$command} // ['none']}, "--$option", $_)->{err} =~ /--$option\b|format '/ } split / /, $words;
        is("@refused", '', "seep $command --$option: $words");
    }
    is(join(' ', grep { seep('help', '--color', $_)->{exit} } qw(auto always never)), '', '--color');
};

done_testing();
