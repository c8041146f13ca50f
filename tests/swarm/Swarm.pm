# What the tests on a swarm share: stacks of their own, which are taken down whatever becomes of the test, and images of this tree under
# tags of their own. Each name begins with own_name(), which has the test's process number in it.
package Swarm;
use strict;
use warnings;
use Exporter qw(import);
use Fcntl qw(:flock);
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/../cli';
use Test::More;
use Seep;

our @EXPORT = qw(whole docker docker_ran own_name node images stack_name deploy remove_stack tasks wait_for container_of kill_task said_by drain activate left_behind
    take_down);

plan(skip_all => 'no Docker Engine answers') if system('docker info >/dev/null 2>&1') != 0;
plan(skip_all => 'the Docker Engine manages no swarm (make test-swarm makes one)')
    if docker('info', '--format', '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}') ne 'active true';

# One test at a time on a machine, of whichever checkout: one that drains the node ends the tasks of all.
open my $turn, '>>', '/tmp/seep-test-swarm.lock' or die "/tmp/seep-test-swarm.lock: $!";
flock $turn, LOCK_EX or die "flock: $!";

my $own = "seep-test-$$";
my $owner = $$;
my $drained = 0;
my (%stacks, %images);
chmod 0755, scratch();
$SIG{$_} = sub { exit 143 } for qw(INT TERM); # what was made is taken down

# SWARM=short leaves out what takes long, or drains the node.
sub whole { return ($ENV{SWARM} // '') ne 'short' }

sub own_name { return $own }

# {exit, out}: what a docker command prints, errors too, without the last line's end. A leading hash is its environment.
sub docker_ran {
    my %environment = ref $_[0] ? %{shift()} : ();
    my (@arguments) = @_;
    my $pid = open(my $pipe, '-|') // die "fork: $!";
    if ($pid == 0) {
        $ENV{$_} = $environment{$_} for keys %environment;
        open STDIN, '<', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        exec 'docker', @arguments or POSIX::_exit(127);
    }
    local $/;
    my $text = <$pipe> // '';
    close $pipe;
    my $exit = $? & 127 ? 'signal ' . ($? & 127) : $? >> 8;
    $text =~ s/\n\z//;
    return {exit => $exit, out => $text};
}

sub docker { return docker_ran(@_)->{out} }

# The id of this engine's node.
sub node { return docker('info', '--format', '{{.Swarm.NodeID}}') }

# Builds stages of docker/Dockerfile; returns their tags. What the engine keeps of a build makes the next one short, so tags go at
# the end and layers stay.
sub images {
    my (@stages) = @_;
    for my $stage (grep { !$images{$_} } @stages) {
        my $tag = "$own-$stage";
        my $built = docker_ran({DOCKER_BUILDKIT => 0}, 'build', '--network', 'host', '--target', $stage, '-t', $tag, '-f', root() . '/docker/Dockerfile',
            root());
        BAIL_OUT("docker build --target $stage: $built->{out}") if $built->{exit} ne '0';
        $images{$stage} = $tag;
    }
    return @images{@stages};
}

# The name of a stack of ours, which is taken down at the end whoever deploys it.
sub stack_name {
    my ($suffix) = @_;
    $stacks{"$own-$suffix"} = 1;
    return "$own-$suffix";
}

# Deploys compose files as a stack of ours. given: env => {...}, files => [...]. {name, exit, out}
sub deploy {
    my ($suffix, %given) = @_;
    my $name = stack_name($suffix);
    my $ran = docker_ran($given{env} // {}, 'stack', 'deploy', '--resolve-image', 'never', (map { ('-c', $_) } @{$given{files}}), $name);
    return {%$ran, name => $name};
}

# Tasks of services, newest first: {id, name, desired, state ('running', 'complete', 'failed', ...), error}; none for services that are not there.
sub tasks {
    my (@services) = @_;
    my $ran = docker_ran('service', 'ps', '--no-trunc', '--format', "{{.ID}}\t{{.Name}}\t{{.DesiredState}}\t{{.CurrentState}}\t{{.Error}}", @services);
    my @tasks;
    for my $line ($ran->{exit} eq '0' ? split /\n/, $ran->{out} : ()) {
        my %task;
        @task{qw(id name desired state error)} = split /\t/, $line, -1;
        $task{name} =~ s/^[\s\\_]+//; # a task that came before in its slot is drawn as a branch
        $task{desired} = lc $task{desired};
        $task{state} = lc((split ' ', $task{state})[0] // '');
        push @tasks, \%task;
    }
    return @tasks;
}

# What the test returns once that is true, else undef after so many seconds.
sub wait_for {
    my ($seconds, $test) = @_;
    my $until = time() + $seconds;
    while (1) {
        my $got = $test->();
        return $got if $got || time() >= $until;
        select undef, undef, undef, 0.2;
    }
}

# The container of a task that runs, on this engine; '' where there is none.
sub container_of {
    my ($task) = @_;
    return docker('ps', '-q', '--no-trunc', '--filter', "label=com.docker.swarm.task.id=$task->{id}");
}

sub kill_task { return docker_ran('kill', '--signal', 'KILL', container_of($_[0])) }

# What the tasks of a service printed.
sub said_by { return docker('service', 'logs', '--raw', @_) }

# All tasks of the node are told to end, those of others too: activate() as soon as that was seen, if not the test's end does.
sub drain {
    $drained = 1;
    return docker_ran('node', 'update', '--availability', 'drain', node());
}

sub activate {
    my $ran = docker_ran('node', 'update', '--availability', 'active', node());
    $drained = 0 if $ran->{exit} eq '0';
    return $ran;
}

# Stacks, services, containers, networks, volumes, configs and secrets that match (names, and labels of a stack; else those of this
# test), a word for each; none: ''.
sub left_behind {
    my ($pattern) = (@_, qr/^\Q$own\E/);
    my @kinds = (['service', 'service', 'ls', '{{.Name}}'], ['container', 'ps', '-a', '{{.Names}} {{.Label "com.docker.stack.namespace"}}'],
        ['network', 'network', 'ls', '{{.Name}}'], ['volume', 'volume', 'ls', '{{.Name}}'], ['config', 'config', 'ls', '{{.Name}}'],
        ['secret', 'secret', 'ls', '{{.Name}}']);
    my @left;
    for my $kind (@kinds) {
        my ($what, @command) = @$kind;
        my $format = pop @command;
        for my $line (split /\n/, docker(@command, '--format', $format)) {
            push @left, "$what:" . (split ' ', $line)[0] if grep { /$pattern/ } split ' ', $line;
        }
    }
    return join ' ', @left;
}

# Volumes outlive a stack, and its containers end after it.
sub remove_stack {
    my ($name) = @_;
    docker('stack', 'rm', $name);
    my $left = qr/^\Q$name\E(?:$|_)/;
    wait_for(45, sub { left_behind($left) !~ /(?:service|container|network):/ });
    docker('volume', 'rm', $_) for left_behind($left) =~ /volume:(\S+)/g;
    delete $stacks{$name};
    return left_behind($left);
}

sub take_down {
    remove_stack($_) for sort keys %stacks;
    return left_behind();
}

END {
    if ($$ == $owner) {
        my $status = $?;
        activate() if $drained;
        take_down();
        docker('rmi', '--no-prune', values %images) if %images;
        $? = $status;
    }
}

1;
