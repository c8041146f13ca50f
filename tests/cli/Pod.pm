# The containers of rendered Kubernetes manifests, run as processes of this machine: their commands, arguments, environment and
# volumes, each volume a directory in place of its mount path. What a kubelet does beside that (users, limits, probes, restarts) is not done.
package Pod;
use strict;
use warnings;
use Exporter qw(import);
use File::Path qw(make_path);
use JSON::PP ();
use POSIX qw(WNOHANG);
use Seep;

our @EXPORT = qw(rendered manifest pod_spec configured cluster container start_container ended environment_of);

# The documents that one of these kubectl makes of a kustomization, each as {apiVersion, kind, ...}; or those of a file of YAML.
sub rendered {
    my ($kubectl, $path) = @_;
    my ($yaml, $list) = map { scratch() . "/$_" } 'rendered.yaml', 'rendered.json';
    if (-d $path) {
        system("$kubectl kustomize '$path' >'$yaml' 2>'$yaml.err'") == 0 or die "$kubectl kustomize $path: " . slurp("$yaml.err");
    } else {
        spit($yaml, slurp($path));
    }
    system("python3 -c 'import json, sys, yaml; json.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout)' <'$yaml' >'$list'") == 0
        or die "$path: not YAML";
    return JSON::PP::decode_json(slurp($list));
}

# The one of that kind whose name is so, or so with the hash that a generated name ends with.
sub manifest {
    my ($documents, $kind, $name) = @_;
    my ($found) = grep { $_->{kind} eq $kind && $_->{metadata}{name} =~ /^\Q$name\E(?:-[a-z0-9]{10})?$/ } @$documents;
    return $found // die "no $kind $name";
}

sub pod_spec {
    my ($document) = @_;
    return $document->{kind} eq 'Pod' ? $document->{spec} : $document->{spec}{template}{spec};
}

sub configured {
    my ($documents, $name) = @_;
    return manifest($documents, 'ConfigMap', $name)->{data};
}

# A ConfigMap as it is mounted: links to links, so that all files change at once.
sub mount_config {
    my ($directory, $data) = @_;
    spit("$directory/..2026_01_31_12_00_00.1/$_", $data->{$_}) for keys %$data;
    symlink '..2026_01_31_12_00_00.1', "$directory/..data";
    symlink "..data/$_", "$directory/$_" for keys %$data;
}

# Where the pods of some manifests run: documents; directory: of its volumes; image: {a path in an image => where it is here}.
sub cluster {
    my ($name, $documents, $image) = @_;
    return {documents => $documents, directory => scratch() . "/$name", image => $image // {}, pods => 0};
}

# A pod of a document with its volumes; those of a claim are the cluster's.
sub pod {
    my ($cluster, $document) = @_;
    my $directory = "$cluster->{directory}/" . $cluster->{pods}++;
    my %volumes;
    for my $volume (@{pod_spec($document)->{volumes}}) {
        my $claim = $volume->{persistentVolumeClaim};
        my $at = $volumes{$volume->{name}} = $claim ? "$cluster->{directory}/$claim->{claimName}" : "$directory/$volume->{name}";
        make_path($at);
        mount_config($at, configured($cluster->{documents}, $volume->{configMap}{name})) if $volume->{configMap};
    }
    return {cluster => $cluster, spec => pod_spec($document), volumes => \%volumes, directory => $directory};
}

sub container {
    my ($cluster, $document, $name) = @_;
    my $pod = $document->{pod} //= pod($cluster, $document);
    my ($found) = grep { $_->{name} eq $name } @{$pod->{spec}{initContainers} // []}, @{$pod->{spec}{containers}};
    return {%$pod, name => $name, given => $found // die "no container $name"};
}

sub here {
    my ($container, @texts) = @_;
    my %at = (%{$container->{cluster}{image}}, map { $_->{mountPath} => $container->{volumes}{$_->{name}} } @{$container->{given}{volumeMounts}});
    my $paths = join '|', map { quotemeta } sort { length $b <=> length $a } keys %at;
    s{(?<![\w.])($paths)(?![\w.-])}{$at{$1}}g for @texts;
    return @texts;
}

# As its process gets it, with $(NAME) filled in; more: set by an engine.
sub environment_of {
    my ($container, %more) = @_;
    my %set = map { %{configured($container->{cluster}{documents}, $_->{configMapRef}{name})} } @{$container->{given}{envFrom} // []};
    $set{$_->{name}} = $_->{value} for @{$container->{given}{env} // []};
    %set = (%more, %set);
    ($set{$_}) = here($container, $set{$_}) for keys %set;
    return %set;
}

sub start_container {
    my ($container, %more) = @_;
    my %set = environment_of($container, %more);
    my @command = here($container, map { s/\$\((\w+)\)/$set{$1}/gr } @{$container->{given}{command}}, @{$container->{given}{args} // []});
    my $log = "$container->{directory}/$container->{name}.log";
    my $pid = fork() // die "fork: $!";
    if ($pid == 0) {
        %ENV = (%ENV, %set);
        chdir $container->{directory};
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', $log;
        open STDERR, '>&', \*STDOUT;
        exec @command or POSIX::_exit(127);
    }
    return {pid => $pid, log => $log};
}

# {exit, log}; what has not ended by then is killed, and its exit is 'timed out'.
sub ended {
    my ($job, $seconds) = @_;
    my $until = time() + $seconds;
    while (waitpid($job->{pid}, WNOHANG) == 0) {
        if (time() > $until) {
            kill 'KILL', $job->{pid};
            waitpid $job->{pid}, 0;
            return {exit => 'timed out', log => slurp($job->{log})};
        }
        select undef, undef, undef, 0.05;
    }
    return {exit => $? & 127 ? 'signal ' . ($? & 127) : $? >> 8, log => slurp($job->{log})};
}

1;
