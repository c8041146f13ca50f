#!/usr/bin/env perl
# docker/kubernetes: what kubectl makes of it, held to the schemas of the Kubernetes API, and its containers' own commands run here, in
# volumes of directories, against the pricing service. KUBECTL="kubectl /opt/other/kubectl": with each of these.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Copy qw(copy);
use File::Path qw(make_path);
use JSON::PP ();
use Pod;
use Seep;
use Test::More;

my @kubectls = split ' ', $ENV{KUBECTL} // 'kubectl';
plan skip_all => "$kubectls[0] is not there (Debian: kubernetes-client)" if system("command -v $kubectls[0] >/dev/null") != 0;
plan skip_all => 'python3-yaml is not installed' if system('python3 -c "import yaml" 2>/dev/null') != 0;

my $at = root() . '/docker/kubernetes';
my @parts = qw(common base pricing overlays/sidecar overlays/soak files.yaml);
my $coder = JSON::PP->new->canonical;
my ($build) = grep { defined && -d } $ENV{BUILD}, root() . '/build';

sub copied { return JSON::PP::decode_json($coder->encode($_[0])) }

my %by;
for my $kubectl (@kubectls) {
    $by{$kubectl}{$_} = rendered($kubectl, "$at/$_") for @parts;
}
my %of = %{$by{$kubectls[0]}};
my @jobs = ([base => 'seep'], [base => 'seep-merge'], ['overlays/sidecar' => 'seep'], ['overlays/soak' => 'seep-soak']);

subtest 'rendered alike by each kubectl' => sub {
    for my $kubectl (@kubectls) {
        for my $part (@parts) {
            ok(scalar @{$of{$part}}, "$part by $kubectl");
            next if $kubectl eq $kubectls[0];
            my ($these, $first) = map { [sort map { "$_->{kind} " . $_->{metadata}{name} =~ s/-[a-z0-9]{10}$//r } @{$_->{$part}}] } $by{$kubectl}, \%of;
            is_deeply($these, $first, 'the same objects');
        }
    }
};

# '' or why the schemas are not there.
sub install_schemas {
    my ($from, $to) = (root() . '/tests/kubernetes', "$build/kubernetes");
    return 'node and npm are not installed' if system('command -v node npm >/dev/null') != 0;
    return '' if -e "$to/node_modules/.package-lock.json" && slurp("$from/package-lock.json") eq slurp("$to/package-lock.json");
    make_path($to);
    copy("$from/$_", "$to/$_") or die "$from/$_: $!" for 'package.json', 'package-lock.json';
    return '' if system("timeout 60 npm ci --prefix '$to' --no-audit --no-fund --ignore-scripts >'$to/npm.log' 2>&1") == 0;
    unlink "$to/package-lock.json";
    return 'npm ci: ' . (slurp("$to/npm.log") =~ /^npm (?:error|ERR!) (?!code|errno|syscall)(.+)/m ? $1 : 'it took more than 60 s');
}

sub misfits {
    my $list = spit(scratch() . '/manifests.json', $coder->encode([@_]));
    my $said = qx(node '${\root()}/tests/kubernetes/validate.mjs' '$build/kubernetes/node_modules' <'$list' 2>&1);
    return $? >> 8 <= 1 ? split /\n/, $said : die $said;
}

# Changed at a path of keys and indexes: a key renamed, or its value.
sub mutated {
    my ($document, $change, @path) = @_;
    my ($last, $mutant) = (pop @path, copied($document));
    my $in = $mutant;
    $in = ref $in eq 'ARRAY' ? $in->[$_] : $in->{$_} for @path;
    die "no $last" if !exists $in->{$last};
    $change->($in, $last);
    return $mutant;
}

sub renamed {
    my ($to) = @_;
    return sub { my ($in, $key) = @_; $in->{$to} = delete $in->{$key} };
}

subtest 'schemas of the API' => sub {
    my $why_not = install_schemas();
    plan skip_all => $why_not if $why_not;
    for my $kubectl (@kubectls) {
        is_deeply([misfits(map { @$_ } values %{$by{$kubectl}})], [], "what $kubectl makes fits");
    }
    my $job = manifest($of{base}, 'Job', 'seep');
    my @pod = qw(spec template spec);
    my @mutants = (
        [qr{/spec/backofLimit: unknown field}, renamed('backofLimit'), qw(spec backoffLimit)],
        [qr{/spec/template/spec/runAsNonRoot: unknown field}, sub { $_[0]{runAsNonRoot} = 1 }, @pod, 'containers'],
        [qr{/containers/0/securityContext/readOnlyRootFileSystem: unknown field}, renamed('readOnlyRootFileSystem'),
            @pod, 'containers', 0, qw(securityContext readOnlyRootFilesystem)],
        [qr{/volumes/3/emptyDir/sizelimit: unknown field}, renamed('sizelimit'), @pod, 'volumes', 3, qw(emptyDir sizeLimit)],
        [qr{/envFrom/0/configMapRef/nam: unknown field}, renamed('nam'), @pod, 'containers', 0, 'envFrom', 0, qw(configMapRef name)],
        [qr{/volumeMounts/0: required .*mountPath}, renamed('path'), @pod, 'containers', 0, 'volumeMounts', 0, 'mountPath'],
        [qr{/spec/completionMode: enum}, sub { $_[0]{$_[1]} = 'indexed' }, qw(spec completionMode)],
        [qr{/spec/completions: type .*integer}, sub { $_[0]{$_[1]} = 'three' }, qw(spec completions)],
        [qr{/kind: no such kind in batch/v1}, sub { $_[0]{$_[1]} = 'IndexedJob' }, 'kind'],
    );
    my @wrong = map { my (undef, $change, @path) = @$_; mutated($job, $change, @path) } @mutants;
    $wrong[$_]{metadata}{name} = "wrong-$_" for 0 .. $#wrong;
    my @said = misfits($job, @wrong);
    for my $number (0 .. $#mutants) {
        my @of_it = grep { m{^\w+/wrong-$number: } } @said;
        ok(@of_it == 1 && $of_it[0] =~ m{^\w+/wrong-$number: \S*$mutants[$number][0]}, "$mutants[$number][-1] wrong is told") or diag(join "\n", @of_it);
    }
    is(scalar @said, scalar @mutants, 'and nothing else');
};

subtest 'what schemas do not say' => sub {
    for my $part (@parts) {
        my @documents = @{$of{$part}};
        my %there = map { ("$_->{kind} $_->{metadata}{name}" => 1) } @documents, @{$of{common}};
        for my $document (grep { $_->{kind} =~ /^(?:Job|Deployment|Pod)$/ } @documents) {
            my ($spec, $name) = (pod_spec($document), "$part: $document->{kind} $document->{metadata}{name}");
            my @containers = (@{$spec->{initContainers} // []}, @{$spec->{containers}});
            my %volumes = map { $_->{name} => $_ } @{$spec->{volumes}};
            my @wanted = map { "ConfigMap $_->{configMapRef}{name}" } map { @{$_->{envFrom} // []} } @containers;
            push @wanted, map { "ConfigMap $_->{configMap}{name}" } grep { $_->{configMap} } values %volumes;
            push @wanted, map { "PersistentVolumeClaim $_->{persistentVolumeClaim}{claimName}" } grep { $_->{persistentVolumeClaim} } values %volumes;
            is_deeply([grep { !$there{$_} } @wanted], [], "$name: what it names is there");
            is_deeply([grep { !$volumes{$_} } map { map { $_->{name} } @{$_->{volumeMounts}} } @containers], [], 'so are its volumes');
            ok($spec->{securityContext}{runAsNonRoot} && !$spec->{automountServiceAccountToken}, 'not root, no token');
            for my $context (map { $_->{securityContext} } @containers) {
                ok($context->{readOnlyRootFilesystem} && !$context->{allowPrivilegeEscalation} && "@{$context->{capabilities}{drop}}" eq 'ALL', 'no privilege');
            }
        }
        for my $document (grep { $_->{kind} eq 'ConfigMap' } @documents) {
            cmp_ok(length($coder->encode($document)), '<', 256 << 10, "$part: $document->{metadata}{name} goes through kubectl apply");
        }
    }
    for (@jobs) {
        my ($part, $name) = @$_;
        my $job = manifest($of{$part}, 'Job', $name);
        is("$job->{spec}{backoffLimit} " . pod_spec($job)->{restartPolicy}, '0 Never', "$part: $name is not repeated");
    }
    for my $part ('base', 'overlays/sidecar') {
        my ($job, $shards) = (manifest($of{$part}, 'Job', 'seep')->{spec}, configured($of{$part}, 'seep-shards'));
        is($job->{completionMode}, 'Indexed', "$part: indexed");
        is("$job->{completions} $job->{parallelism}", join(' ', ($shards->{SHARDS} - $shards->{FIRST}) x 2), 'one pod for each shard that is left');
    }
};

# What an image has, for a pod here.
my $bin = scratch() . '/bin';
make_path($bin, my $lib = scratch() . '/lib');
symlink $ENV{SEEP} // root() . '/build/seep', "$bin/seep";
system('cp', '-r', "$build/agents", glob("$build/libseep-malloc*.so"), $lib) == 0 or die 'cp';
$ENV{PATH} = "$bin:$ENV{PATH}";

# The manifests of a part, for a service at this port here, of a size for a test.
sub small {
    my ($name, $part, $port, %shards) = @_;
    my $cluster = cluster($name, copied($of{$part}), {'/usr/local/lib/seep' => $lib});
    my $service = configured($cluster->{documents}, 'seep-service');
    $service->{'service.yaml'} =~ s/pricing:8000/127.0.0.1:$port/ && $service->{'service.yaml'} =~ s/allow: \[pricing\]/allow: [127.0.0.1]\nready_timeout: 2s/
        or die 'another service.yaml';
    $service->{'service.yaml'} =~ s{/run/seep/}{$cluster->{directory}/0/seep-sockets/}; # of the first pod: that under test
    my $shards = eval { configured($cluster->{documents}, 'seep-shards') } or return $cluster;
    %$shards = (%$shards, LOAD => '--requests 6000 --hold 1s', LEAD => 4, READY_WITHIN => 60, %shards);
    return $cluster;
}

sub drivers {
    my ($cluster, @indexes) = @_;
    return map {
        my $job = copied(manifest($cluster->{documents}, 'Job', 'seep'));
        start_container(container($cluster, $job, 'seep'), JOB_COMPLETION_INDEX => $_);
    } @indexes;
}

sub merging {
    my ($cluster) = @_;
    return start_container(container($cluster, copied(manifest($cluster->{documents}, 'Job', 'seep-merge')), 'seep'));
}

sub results { my ($cluster) = @_; return "$cluster->{directory}/seep-results/first" }

# The service as the Deployment starts it, but at this port, and with a leak that is seen within as few requests.
sub deployed {
    my ($cluster, $pod, $port) = @_;
    my %set = (environment_of(container($cluster, $pod, 'pricing')), LEAK => 'more');
    start_server($port, root() . '/docker/staging/pricing', 'env', (map { "$_=$set{$_}" } sort keys %set),
        qw(/usr/bin/python3 -m gunicorn -w 1 -b), "127.0.0.1:$port", 'app:app');
}

my ($port, $own_port, $soak_port, $no_port) = map { free_port() } 1 .. 4;
my $base = small('base', 'base', $port);
my $sidecar = small('sidecar', 'overlays/sidecar', $own_port);
my $pod = manifest($sidecar->{documents}, 'Deployment', 'pricing');

subtest 'the agents are copied into the pod under test' => sub {
    my $init = container($sidecar, $pod, 'seep-agents');
    is(ended(start_container($init), 10)->{exit}, 0, 'by the init container');
    ok(-e "$init->{volumes}{'seep-agents'}/agents/python/sitecustomize.py", 'its files');
    is(sprintf('%o', (stat "$init->{volumes}{'seep-sockets'}/agents")[2] & 07777), '3777', 'and a place for sockets');
};

deployed(cluster("other-$_", $of{pricing}), copied(manifest($of{pricing}, 'Deployment', 'pricing')), $_) for $port, $soak_port;
deployed($sidecar, $pod, $own_port);
my $soak = small('soak', 'overlays/soak', $soak_port);
my $soak_job = manifest($soak->{documents}, 'Job', 'seep-soak');
my $arguments = pod_spec($soak_job)->{containers}[0]{args};
@$arguments = (map({ s/^40000$/6000/r } @$arguments), '--hold', '1s');
my $soaking = start_container(container($soak, $soak_job, 'seep'));
my ($merge, $sidecar_merge) = (merging($base), merging($sidecar));
my @first = drivers($base, 0 .. 1);
my $beside = start_container(container($sidecar, $pod, 'seep'));
my @others = drivers($sidecar, 0 .. 1);

my $down = small('down', 'base', $no_port, LEAD => 1, SHARDS => 1);
my $few = small('few', 'base', $port, READY_WITHIN => 1);
my $stopped = small('stopped', 'base', $port);
my $lost = small('lost', 'base', $port, SILENT => 0.02);
my ($failing, $lonely, $waiting, $killed) = map { drivers(@$_) } [$down, 0], [$few, 1], [$stopped, 2], [$lost, 1];
my $nothing = merging($down);

subtest 'a shard that is stopped while it waits' => sub {
    my $begun = results($stopped) . '/2.begun';
    select undef, undef, undef, 0.05 until -d $begun;
    select undef, undef, undef, 0.2;
    kill 'TERM', $waiting->{pid};
    is(ended($waiting, 10)->{exit}, 143, 'ends as such');
};

push @first, drivers($base, 2);

subtest 'a shard that is killed' => sub {
    select undef, undef, undef, 0.05 until -d results($lost) . '/1.begun';
    kill 'KILL', $killed->{pid};
    ended($killed, 5);
    my $merged = ended(merging($lost), 15);
    is($merged->{exit}, 125, 'nothing is merged');
    is($merged->{log}, "shard 1 of 3: no sign of life for 0.02 minutes\n", 'since it says nothing any more');
};

subtest 'shards that do not all come' => sub {
    my $told = ended($lonely, 15);
    is($told->{exit}, 125, 'end') or diag($told->{log});
    is($told->{log}, "shard 1 of 3: after 1 s 1 of 3 shards are there\n", 'and say so');
};

subtest 'a shard whose service does not answer' => sub {
    my $told = ended($failing, 30);
    is($told->{exit}, 200, 'has failed') or diag($told->{log});
    like($told->{log}, qr/^shard 0 of 1: seep ended with 200 before its part was done$/m, 'and says so');
    ok(-s results($down) . '/0.db', 'its store is kept');
    my $merged = ended($nothing, 10);
    is($merged->{exit}, 125, 'nothing is merged');
    is($merged->{log}, "shard 0 of 1: seep ended with 200 before its part was done\n", 'for that reason');
};

# Merged with the verdict that the truth asks for.
sub judged {
    my ($cluster, $merge, @drivers) = @_;
    for my $number (0 .. $#drivers) {
        my $told = ended($drivers[$number], 90);
        is($told->{exit}, 0, "pod $number did its part") or diag($told->{log});
    }
    my $told = ended($merge, 30);
    is($told->{exit}, 1, 'merged, and judged') or diag($told->{log});
    my $result = json(results($cluster) . '/merged.json');
    is($result->{verdict}, 'growth', 'growth') or diag($result->{reason});
    is($result->{replay}{done}, 6000, 'by all requests');
    is($result->{label}, 'first', 'under the name of the run');
    is_deeply([grep { !-s results($cluster) . "/merged.$_" } qw(db html xml md)], [], 'with its store and reports');
    return $result;
}

subtest 'three shards of the Job, a late one among them' => sub {
    judged($base, $merge, @first);
    my $again = ended((drivers($base, 1))[0], 10);
    is($again->{exit}, 200, 'none is sent twice');
    like($again->{log}, qr{^shard 1 of 3: \S+/first is that of another attempt: give this one another RUN$}m, 'it says why');
};

subtest 'shard 0 beside the service' => sub {
    my $result = judged($sidecar, $sidecar_merge, @others);
    my %signals = map { $_->{name} => 1 } @{$result->{signals}};
    ok($signals{live_objects} && $signals{live_bytes}, 'as the agent tells it');
    kill 'TERM', $beside->{pid};
    my $told = ended($beside, 10);
    is($told->{exit}, 0, 'the container stayed until it was stopped');
    like($told->{log}, qr/^shard 0 of 3: did its part$/m, 'having done its part');
};

subtest 'a soak' => sub {
    my $told = ended($soaking, 90);
    is($told->{exit}, 1, 'ends with its verdict') or diag($told->{log});
    my $result = json(results($soak) . '/soak.json');
    is_deeply([map { "$_->{limit}: $_->{result}" } @{$result->{thresholds}}], ['growth > 16 B/request: fail', 'errors > 1%: pass'], 'by its limits');
};

done_testing();
