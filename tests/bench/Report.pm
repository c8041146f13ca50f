# What the bench found, as Markdown: printed and kept.
package Report;
use strict;
use warnings;
use Bench;

sub new { return bless {text => ''}, shift }

sub add {
    my ($self, $text) = @_;
    print $text;
    $self->{text} .= $text;
}

sub heading { $_[0]->add("\n## $_[1]\n") }
sub say { $_[0]->add("\n$_[1]\n") }

sub table {
    my ($self, $head, @rows) = @_;
    my @width = map { my $column = $_; (sort { $b <=> $a } map { length($_->[$column] // '') } $head, @rows)[0] } 0 .. $#$head;
    my $line = sub {
        my @cells = @_;
        return '| ' . join(' | ', map { sprintf "%-$width[$_]s", $cells[$_] // '' } 0 .. $#$head) . " |\n";
    };
    $self->add("\n" . $line->(@$head) . '|' . join('|', map { '-' x ($_ + 2) } @width) . "|\n" . join('', map { $line->(@$_) } @rows));
}

# The first line that matches, of what a command prints.
sub version {
    my ($pattern, @command) = @_;
    open my $pipe, '-|', "@command 2>&1" or return '-';
    local $/;
    return (<$pipe> // '') =~ $pattern ? $1 : 'not there';
}

sub programs {
    return (
        ['seep', version(qr/(\d\S+)/, seep(), '--version') . ' ' . version(qr/^(\w+)$/m, 'git', '-C', root(), 'rev-parse', '--short', 'HEAD')],
        ['nginx', version(qr{nginx/(\S+)}, 'PATH=$PATH:/usr/sbin nginx -v')],
        ['wrk', version(qr/wrk (\S+)/, 'wrk -v')],
        ['ab', version(qr/Version (\S+)/, 'ab -V')],
        ['hey', version(qr/(\S+)/, q{dpkg-query -W -f '${Version}' hey})],
        ['h2load', version(qr{nghttp2/(\S+)}, 'h2load --version')],
        ['valgrind', version(qr/valgrind-(\S+)/, 'valgrind --version')],
        ['strace', version(qr/version (\S+)/, 'strace -V')],
        ['python3', version(qr/Python (\S+)/, '/usr/bin/python3 --version')],
        ['gunicorn', version(qr/version (\S+?)\)/, '/usr/bin/python3 -m gunicorn --version')],
        ['prometheus', version(qr/version (\S+)/, 'prometheus --version')],
        ['node', version(qr/v(\S+)/, 'node --version')],
    );
}

# Of the make target of that name, with the programs that it uses.
sub opening {
    my ($self, $parts, $name, @used) = @_;
    my @cores = cores();
    $self->head("BENCH=$parts", $name, @cores < 2 ? 'Only one core: target and driver share it, nothing is pinned.'
        : "The target is pinned on core $cores[0], the driver on core $cores[1].", @used);
}

# As opening(), with what was given to make, and with a sentence of one's own on where what runs.
sub head {
    my ($self, $given, $name, $where, @used) = @_;
    my %used = map { $_ => 1 } @used;
    my @cores = cores();
    my ($model) = slurp('/proc/cpuinfo') =~ /^model name\s*:\s*(.*)/m;
    chomp(my $kernel = slurp('/proc/sys/kernel/osrelease'));
    my ($load) = slurp('/proc/loadavg') =~ /^(\S+ \S+ \S+)/;
    $self->add("# make $name\n");
    $self->say(sprintf '`make %s %s`, %s. Linux %s, %s, %d core%s, load average %s before. %s', $name, $given,
        scalar(gmtime) . ' UTC', $kernel, $model // 'CPU unknown', scalar @cores, @cores == 1 ? '' : 's', $load, $where);
    $self->table(['program', 'version'], grep { $used{$_->[0]} } programs());
}

sub closing {
    my ($self, $path) = @_;
    my ($load) = slurp('/proc/loadavg') =~ /^(\S+ \S+ \S+)/;
    $self->say("Load average $load after.");
    spit($path, $self->{text});
    print "\nkept in $path\n";
}

1;
