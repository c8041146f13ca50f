# What the tests on a real Docker Engine share: a compose project of their own, which is taken down whatever becomes of the test.
package Compose;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/../cli';
use POSIX qw(WNOHANG);
use Test::More;
use Seep;

our @EXPORT = qw(compose compose_clients compose_begin compose_wait docker left_behind project results take_down);

plan(skip_all => 'no Docker Engine answers') if system('docker info >/dev/null 2>&1') != 0;

my @clients = grep { system("@$_ version >/dev/null 2>&1") == 0 } ['docker', 'compose'], ['docker-compose'];
plan(skip_all => 'neither docker compose nor docker-compose is installed') if !@clients;
my @client = @{$clients[0]};
my $project = "seep-test-$$";
my $file = root() . '/docker/compose.yaml';
my $results = scratch() . '/results';
my $owner = $$;
mkdir $results;
chmod 0755, scratch();
$ENV{RESULTS} = $results;
$ENV{COMPOSE_PROJECT_NAME} = $project;
delete @ENV{qw(COMPOSE_FILE COMPOSE_PROFILES LEAK)};

sub compose_clients { return @clients }
sub project { return $project }
sub results { return $results }

# Starts the client; compose_wait() waits for it. given: env => {...}, files => [other compose files].
sub compose_begin {
    my ($given, @arguments) = @_;
    my $output = scratch() . '/compose.' . int(rand(1e9));
    my $pid = fork() // die "fork: $!";
    if ($pid == 0) {
        $ENV{$_} = $given->{env}{$_} for keys %{$given->{env} // {}};
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', $output;
        open STDERR, '>&', \*STDOUT;
        exec @client, (map { ('-f', $_) } @{$given->{files} // [$file]}), @arguments or POSIX::_exit(127);
    }
    return {pid => $pid, output => $output};
}

# Returns {exit, out}; `until`: a pattern that its output is to match first, and then it is killed with KILL.
sub compose_wait {
    my ($job, %given) = @_;
    my $until = time() + ($given{timeout} // 600);
    my $killed = 0;
    while (waitpid($job->{pid}, WNOHANG) == 0) {
        if (time() > $until || ($given{until} && slurp($job->{output}) =~ $given{until})) {
            $killed = time() > $until ? 'timed out' : 'killed';
            kill 'KILL', $job->{pid};
            waitpid $job->{pid}, 0;
            return {exit => $killed, out => slurp($job->{output})};
        }
        select undef, undef, undef, 0.1;
    }
    return {exit => $? & 127 ? 'signal ' . ($? & 127) : $? >> 8, out => slurp($job->{output})};
}

sub compose {
    my %given = ref $_[0] ? %{shift()} : ();
    return compose_wait(compose_begin(\%given, @_));
}

# What a docker command prints, without the last line's end.
sub docker {
    my (@arguments) = @_;
    open my $pipe, '-|', 'docker', @arguments or die "docker: $!";
    local $/;
    my $text = <$pipe> // '';
    close $pipe;
    $text =~ s/\n\z//;
    return $text;
}

# Containers, networks and volumes of this test's project, those of trials too; none: ''.
sub left_behind {
    my @of_it = ('-q', '--filter', "label=com.docker.compose.project=$project");
    return join ' ', grep { $_ ne '' } docker('ps', '-a', @of_it), docker('network', 'ls', @of_it), docker('volume', 'ls', @of_it);
}

sub take_down { return compose('down', '-v', '--remove-orphans', '-t', '2') }

END {
    if ($$ == $owner) {
        my $status = $?;
        take_down();
        $? = $status;
    }
}

1;
