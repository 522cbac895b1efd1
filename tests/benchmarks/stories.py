"""Long messages of customers over the documentation of two products, with the pages that answer them.

Each story is 200 to 500 words: who writes, what else they run, what happened, what they tried, and somewhere among
it what they ask. The cores are written by hand in words of customers; what surrounds them is drawn by seed, and part
of it speaks of other features of the same product, as real mails do.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

SEED = 20_261


@dataclass(frozen=True)
class Story:
    """A message and the pages (folder, path) of which each would answer it."""

    folder: str
    text: str
    pages: tuple[str, ...]


# Folder, pages, what is wrong, what is asked (may be empty: then the complaint is the question).
OPERATOR, GUIDE = "docs/operator-manual/", "docs/user-guide/"
ARGOCD: tuple[tuple[tuple[str, ...], str, str], ...] = (
    ((GUIDE + "sync-waves.md",), "The database migration job and the web pods all come up at the very same moment, and the pods crash because the tables are not there yet.", "Is there a way to say that one manifest must be applied before another?"),
    ((GUIDE + "sync_windows.md",), "Yesterday somebody merged at four in the afternoon and it went straight out to production. Management now wants a freeze between Friday noon and Monday morning.", "How do we forbid deployments during certain hours?"),
    ((GUIDE + "auto_sync.md",), "When one of us scales something by hand with kubectl it stays like that for days, although Git says something else.", "Can it put things back by itself as soon as somebody changes them live?"),
    ((GUIDE + "diffing.md", GUIDE + "diff-strategies.md"), "One app shows OutOfSync for ever. The only difference is the replica count, which our autoscaler owns.", "How can I make it ignore that one field when comparing?"),
    ((GUIDE + "private-repositories.md", OPERATOR + "declarative-setup.md"), "Our Git server is not public and asks for a deploy key. All we get is authentication required.", "Where do I put the SSH key so it can clone?"),
    ((GUIDE + "app_deletion.md",), "I removed an application yesterday and the pods, services and volumes it had made are all still running.", "How do I delete one together with everything that it created?"),
    ((GUIDE + "resource_hooks.md",), "We need to run a smoke test as a job every time a rollout has finished, and send mail if it fails.", "Can a job be run after the sync is done?"),
    ((GUIDE + "projects.md",), "Two departments share one installation and one of them managed to deploy into the namespace of the other.", "How do I restrict which repositories and destinations a team may use?"),
    ((GUIDE + "helm.md",), "We render a chart and need another values file for staging than for production, and on top one image tag that CI changes.", "What is the way to pass values files and override a single value of a chart?"),
    ((GUIDE + "kustomize.md",), "Our overlays contain patches and we want to change only the image tag from the pipeline without a commit.", "How can the image be overridden for an overlay?"),
    ((GUIDE + "multiple_sources.md",), "The chart is in the vendor's repository while our values live in our own Git.", "Can one application take the chart from there and the values from here?"),
    ((GUIDE + "orphaned-resources.md",), "There is a pile of config maps and old deployments in the namespace which nothing in Git describes any more.", "Can you show us what exists in a namespace but belongs to no app?"),
    ((GUIDE + "status-badge.md",), "My boss would like a little picture in the readme that shows whether the app is healthy.", ""),
    ((GUIDE + "tracking_strategies.md",), "Production must stay on a tag while dev should follow the branch head, and semver ranges would be the best.", "What can I write as the target revision?"),
    ((GUIDE + "resource_tracking.md",), "The chart sets the label app.kubernetes.io/instance itself and since then two applications fight about the same objects.", "How can it recognise its resources by something other than that label?"),
    ((GUIDE + "gpg-verification.md", GUIDE + "source-integrity-git-gpg.md", GUIDE + "source-integrity.md"), "Our auditors insist that only commits with a valid signature get deployed.", "How do I enforce signed commits?"),
    ((GUIDE + "selective_sync.md",), "It is a huge application, two hundred objects, and I only want to push out the one deployment that I changed.", "Can a sync be limited to some of the resources?"),
    ((GUIDE + "sync-options.md",), "A custom resource definition is too big and the apply ends with: metadata.annotations too long.", "How can we use server side apply for it?"),
    ((GUIDE + "skip_reconcile.md",), "While we repair the cluster during an incident we would like the controller to leave one application completely alone.", "Can reconciliation be paused for a single app?"),
    ((GUIDE + "ci_automation.md",), "After the image build the pipeline should write the new tag to Git and wait until the rollout is done.", "What do you recommend to do from a CI job?"),
    ((GUIDE + "best_practices.md",), "Our developers keep the yaml beside the source code, and every release build triggers another build in a loop.", "Should config and code be in the same repository?"),
    ((GUIDE + "directory.md",), "Only the top folder is deployed, the sub folders with more yaml are skipped.", "How do I include manifests in nested directories?"),
    ((GUIDE + "jsonnet.md",), "We write jsonnet and need to hand over external variables and library paths.", ""),
    ((GUIDE + "oci.md",), "We push our manifests as artifacts to a container registry and not to Git.", "Is a registry possible as a source?"),
    ((GUIDE + "environment-variables.md",), "I do not want to type the server address and token again for every call of the command line tool.", "Which variables does the client read?"),
    ((GUIDE + "build-environment.md",), "Inside of our rendering step we would need to know the name of the app and the commit hash.", "Which variables are there while manifests are being built?"),
    ((GUIDE + "source-hydrator.md",), "We would like that the rendered yaml is committed to another branch so that reviewers see what really changes.", ""),
    ((GUIDE + "external-url.md",), "In the tree view we would like a clickable address of the service for the testers.", "How can I add a link to an application?"),
    ((GUIDE + "commands/argocd_app_rollback.md", "docs/user-guide/commands/argocd_app_history.md"), "The release of this morning is broken and customers are calling us.", "How do I go back to the previous deployed version with the command line?"),
    ((GUIDE + "commands/argocd_account_update-password.md", "docs/getting_started.md", "docs/faq.md"), "I took over from a colleague who left, and nobody knows the password of the built in admin.", "How can I reset or change it?"),
    ((OPERATOR + "rbac.md",), "A group from our directory should be allowed to look at everything and to sync only its own apps, no deletes.", "How are such permissions written?"),
    ((OPERATOR + "user-management/okta.md",), "We introduced Okta last month and everybody asks for single sign on.", ""),
    ((OPERATOR + "user-management/microsoft.md",), "The company uses Entra ID, formerly Azure AD, and the login ends with a redirect mismatch.", "How is the app registration to be set up?"),
    ((OPERATOR + "user-management/keycloak.md",), "Login goes through our Keycloak realm, but the groups of the user never arrive.", "How do I get the groups claim into the token?"),
    ((OPERATOR + "user-management/google.md",), "All staff have Google Workspace accounts.", "How can they sign in with these and be put into groups?"),
    ((OPERATOR + "ingress.md",), "Behind nginx the browser goes round in circles with too many redirects, and the command line complains about gRPC.", "What must the ingress look like?"),
    ((OPERATOR + "tls.md",), "The browser warns about the certificate that the server made itself, and security wants our own one.", "Where does our certificate go?"),
    ((OPERATOR + "high_availability.md",), "With eight hundred applications the controller needs minutes and the repo server runs out of memory.", "How do we scale the components?"),
    ((OPERATOR + "disaster_recovery.md",), "After we nearly lost the whole control cluster last week we need a plan for backup and restore of all settings.", ""),
    ((OPERATOR + "webhook.md",), "It takes up to three minutes until a push is noticed.", "Can the Git server tell it immediately?"),
    ((OPERATOR + "metrics.md",), "Our monitoring people want to scrape numbers about sync status with Prometheus.", "Which metrics are exported, and on what ports?"),
    ((OPERATOR + "health.md",), "One of our custom resources is shown as healthy although it has failed.", "How do I teach it how to judge the health of a custom type?"),
    ((OPERATOR + "cluster-bootstrapping.md",), "We get a new cluster every week and always create the same thirty apps by hand.", "Is there some app of apps so that one root installs all others?"),
    ((OPERATOR + "secret-management.md",), "The passwords are in plain text in Git, which security found out.", "What are the recommended ways to deal with secrets?"),
    ((OPERATOR + "custom_tools.md", OPERATOR + "config-management-plugins.md"), "We render with our own binary, which is not in the image.", "How do I add another tool to the repo server?"),
    ((OPERATOR + "web_based_terminal.md",), "Developers would like a shell in a pod straight from the browser, without kubeconfig.", "How can that be turned on?"),
    ((OPERATOR + "app-any-namespace.md",), "Each team should keep its Application objects in its own namespace and not in the central one.", ""),
    ((OPERATOR + "notifications/services/slack.md",), "When a sync fails a message should appear in our Slack channel.", "What has to be configured for the bot and the token?"),
    ((OPERATOR + "notifications/services/teams.md", OPERATOR + "notifications/services/teams-workflows.md"), "We chat in Microsoft Teams and want the failures to be posted there.", ""),
    ((OPERATOR + "notifications/services/email.md",), "The on call person wants to get mails through our SMTP relay when an app degrades.", ""),
    ((OPERATOR + "notifications/triggers.md",), "We get a message at each reconcile, a hundred a day, for the same commit.", "How do I define the condition so that it is sent only once per revision?"),
    ((OPERATOR + "applicationset/Generators-Pull-Request.md",), "For each merge request we would like a temporary preview environment that vanishes when it is closed.", ""),
    ((OPERATOR + "applicationset/Generators-Git.md",), "There is one folder per service in our monorepo, and for each folder we copy an application by hand.", "Can applications be generated from the directories of a repository?"),
    ((OPERATOR + "applicationset/Generators-Cluster.md",), "We run the same add-ons on forty clusters with a label for the region.", "How can I roll out one app to every registered cluster with that label?"),
    ((OPERATOR + "applicationset/Generators-Matrix.md",), "I need each combination of cluster and folder.", "Can two generators be multiplied?"),
    ((OPERATOR + "applicationset/Progressive-Syncs.md",), "A change reaches all regions in the same minute; we would prefer canary regions first and then the rest in steps.", ""),
    ((OPERATOR + "applicationset/Controlling-Resource-Modification.md", OPERATOR + "applicationset/Application-Deletion.md"), "A typo in a generator removed all generated apps and their workloads at once, the worst day of my career.", "How can I keep a set from deleting apps?"),
    ((OPERATOR + "resource_actions.md",), "Support people should be able to press a button to restart our custom workload.", "How are custom actions added to the menu of a resource?"),
    ((OPERATOR + "ui-customization.md", OPERATOR + "custom-styles.md"), "To tell the production console from the test one we want a red banner at the top.", ""),
    ((OPERATOR + "reconcile.md",), "The controller burns a lot of CPU because some objects change their status every second.", "How do I make it ignore such updates of watched resources?"),
)  # fmt: skip
TASKS, CONCEPTS = "docs/tasks/", "docs/concepts/"
KUEUE: tuple[tuple[tuple[str, ...], str, str], ...] = (
    ((CONCEPTS + "preemption.md",), "An urgent training has been waiting for hours while unimportant jobs occupy all the GPUs.", "How can more important work push out the less important?"),
    ((CONCEPTS + "cohort.md",), "One department's share is idle all night, while another one's jobs wait.", "Can unused quota be lent to others?"),
    ((CONCEPTS + "fair_sharing.md", CONCEPTS + "admission_fair_sharing.md"), "One team always grabs whatever is free and the other three hardly get anything.", "How is spare capacity divided in a fair way?"),
    ((CONCEPTS + "resource_flavor.md",), "We have spot and on demand nodes, and old and new GPU models.", "How do I tell the system about the different kinds of nodes?"),
    ((CONCEPTS + "local_queue.md",), "I as a user only know my namespace, and the admin says I have to name a queue there.", "What is that object and how does it relate to the cluster-wide one?"),
    ((TASKS + "manage/administer_cluster_quotas.md", CONCEPTS + "cluster_queue.md"), "I am the new admin and have to give each team a limit of CPUs and memory.", "How do I set the quotas up from the beginning?"),
    ((TASKS + "manage/setup_wait_for_pods_ready.md", CONCEPTS + "all_or_nothing.md"), "Two big jobs each got half of their pods and both hang for ever, waiting for the rest.", "How do I make sure that either all pods start or none, with a timeout?"),
    ((CONCEPTS + "topology_aware_scheduling.md", TASKS + "run/topology_aware_scheduling.md", TASKS + "manage/setup_topology_aware_scheduling.md"), "Our distributed training is slow as its pods end up in different racks.", "Can all pods of a job be placed close to each other in the network?"),
    ((CONCEPTS + "multikueue.md", TASKS + "manage/setup_multikueue.md", CONCEPTS + "admission_check/multikueue.md"), "We own three clusters in three regions and want to submit at one place and run where there is room.", "How are jobs dispatched to other clusters?"),
    ((CONCEPTS + "admission_check/provisioning_request.md", TASKS + "troubleshooting/troubleshooting_provreq.md"), "Nodes come up one by one by the autoscaler and the job starts half way.", "Can we ask the cluster autoscaler for all the capacity before it is admitted?"),
    ((CONCEPTS + "workload_priority_class.md", TASKS + "manage/run_job_with_workload_priority.md"), "We want an order in the queue which does not touch the pod priority.", "How can a job get a priority for queueing only?"),
    ((TASKS + "run/jobs.md",), "I have an ordinary batch job in yaml, and it just starts without waiting.", "What do I have to add to it so that it goes through the queue?"),
    ((TASKS + "run/run_cronjobs.md",), "Each night at two we start a report on a schedule.", "How do I queue scheduled jobs?"),
    ((TASKS + "run/rayjobs.md",), "Our data scientists submit work with Ray and a head pod.", "How do their jobs get under quota?"),
    ((TASKS + "run/rayclusters.md",), "A long lived Ray cluster with workers has to count towards the quota as well.", ""),
    ((TASKS + "run/kubeflow/pytorchjobs.md",), "The training operator creates a master and several workers for PyTorch.", "How do I run these with a queue?"),
    ((TASKS + "run/kubeflow/mpijobs.md", TASKS + "run/multikueue/mpijob.md"), "There is an MPI simulation with a launcher.", "What must be set on it to be queued?"),
    ((TASKS + "run/plain_pods.md",), "Our home made scheduler creates bare pods in groups of five.", "Can single pods or groups of them be managed?"),
    ((TASKS + "run/deployment.md",), "A serving deployment should be counted and be started only if the quota has room.", ""),
    ((TASKS + "run/statefulset.md",), "We run a database with stable identities in the same cluster.", "Is it possible to queue stateful sets?"),
    ((TASKS + "run/leaderworkerset.md",), "Inference over many nodes is deployed as leader plus workers.", ""),
    ((TASKS + "run/jobsets.md",), "We combine several replicated jobs into one set.", "How does one submit such a set to a queue?"),
    ((TASKS + "run/appwrappers.md",), "Our workload consists of a job, a service and a secret that belong together and are wrapped.", ""),
    ((TASKS + "run/python_jobs.md",), "I never write yaml; I work in notebooks.", "Is it possible to submit from Python code?"),
    ((TASKS + "run/external_workloads/argo_workflow.md",), "Pipelines are built with Argo Workflows, and its steps flood the cluster.", "Can the steps be queued?"),
    ((TASKS + "run/external_workloads/tektoncd.md",), "Our CI with Tekton takes the whole cluster in the morning.", ""),
    ((TASKS + "run/external_workloads/flux_miniclusters.md",), "We use the Flux operator with mini clusters for HPC.", ""),
    ((TASKS + "run/kubeflow/sparkapplications.md", TASKS + "run/external_workloads/spark_submit_plain_pod.md"), "The analytics group starts Spark with drivers and executors.", "How do these get into the queue?"),
    ((TASKS + "troubleshooting/troubleshooting_jobs.md",), "My job has been suspended since this morning and nobody can tell me why.", "How do I find out why it is not admitted?"),
    ((TASKS + "troubleshooting/troubleshooting_pods.md",), "A pod sits there with a scheduling gate and does nothing.", "Why is it still gated?"),
    ((TASKS + "troubleshooting/troubleshooting_queues.md",), "Nothing in the namespace is being admitted any more, I think the queue itself is inactive.", "What can be wrong with a queue?"),
    ((TASKS + "troubleshooting/troubleshooting_delete_clusterqueue.md",), "I tried to remove a queue, and kubectl delete has been hanging for an hour.", ""),
    ((TASKS + "manage/monitor_pending_workloads/pending_workloads_on_demand.md", TASKS + "manage/monitor_pending_workloads/_index.md"), "Users keep asking me on which place of the line they are.", "How can they look up the waiting order?"),
    ((TASKS + "manage/monitor_pending_workloads/pending_workloads_in_grafana.md",), "We would like the waiting jobs on our Grafana dashboard.", ""),
    ((TASKS + "manage/observability/setup_prometheus.md", TASKS + "manage/productization/prometheus.md"), "Monitoring runs with Prometheus.", "How do I get metrics scraped from the controller?"),
    ((TASKS + "manage/enforce_job_management/setup_default_local_queue.md",), "People forget the queue label all the time.", "Can there be a default one for the namespace?"),
    ((TASKS + "manage/enforce_job_management/manage_jobs_without_queue_name.md",), "Some jobs have no queue at all and simply go past the quota.", "How do I catch these too?"),
    ((TASKS + "manage/enforce_job_management/setup_job_admission_policy.md",), "A job that names no queue should be refused right at kubectl apply.", ""),
    ((TASKS + "manage/setup_object_retention_policy.md",), "Thousands of finished workload objects pile up in etcd.", "Can they be removed automatically after some time?"),
    ((TASKS + "manage/rbac.md",), "Researchers should be allowed to create jobs and see queues but not change quotas.", "Which roles are there?"),
    ((TASKS + "manage/productization/cert_manager.md",), "Company policy says that webhook certificates come from our own issuer.", ""),
    ((TASKS + "manage/enable_kueueviz.md",), "Managers want a web page where they can see queues and jobs.", "Is there some dashboard?"),
    ((CONCEPTS + "elastic_workload.md",), "Halfway through, a job could use more workers, or give some back.", "Is it possible to change the size while it runs, without starting over?"),
    ((CONCEPTS + "dynamic_resource_allocation.md", TASKS + "run/dra.md", TASKS + "manage/setup_dra.md"), "The new GPU driver offers devices through resource claims and no longer as extended resources.", "Do these count for quota?"),
    ((TASKS + "manage/share_quotas_across_flavors.md",), "Licences are limited in total, no matter on which type of node a job runs.", "How do we limit a quota over several flavors?"),
    ((TASKS + "dev/integrate_a_custom_job.md", TASKS + "dev/external_frameworks.md"), "We have our own kind of job with a controller written in-house.", "What do we need to implement so that it takes part?"),
    ((CONCEPTS + "concurrent_admission.md", TASKS + "manage/setup_concurrent_admission.md"), "A job should try several options of nodes at the same time and take whichever is free first.", ""),
)  # fmt: skip

OPENINGS = (
    "Hello team,", "Hi there,", "Good morning,", "Dear support,", "Hi all, first of all thanks for the good work.",
    "Hello, I hope this reaches the right people.", "Hey, long mail, sorry in advance.",
)  # fmt: skip
ABOUT = (
    "I work for a mid-size insurance company in the Netherlands and look after the platform together with two colleagues.",
    "We are a team of nine and moved to Kubernetes about two years ago.",
    "My company sells software for hospitals, so everything that we do has to be documented for the auditors.",
    "I am fairly new here and inherited all of this from a consultant who has left.",
    "We run four clusters, two in our own data centre and two with a cloud provider.",
    "Before this we did everything with shell scripts and a wiki page that nobody kept up to date.",
    "We are a university group, so there is no budget for consultants and I do this beside my research.",
    "The clusters are on version 1.33, nodes are Ubuntu, and storage comes from a network appliance.",
    "Around sixty developers work with it every day, most of them without much knowledge of Kubernetes.",
    "Our setup was reviewed in spring and got good marks, only a few points were left open.",
    "I have read a lot of blog posts in the last days, and they contradict each other.",
    "Last year we migrated from a different product, which was a pain, but it was worth it.",
)
HISTORY = (
    "It all started on Tuesday when we upgraded the nodes and had to drain them one after another.",
    "On Monday everything was still fine as far as we can tell from the graphs.",
    "We had a similar thing in the summer but then it went away after a restart and nobody looked into it.",
    "A colleague thinks that it has to do with the firewall, but I doubt that.",
    "The logs are full of warnings that have been there since the beginning, so I do not think they matter.",
    "In the test environment I could not see it, but that one is tiny and has no real users.",
    "Our network people swear that nothing was changed on their side.",
    "I compared both clusters line by line, and apart from names they look the same.",
    "There was also a power cut in one of the halls last week, but this should have nothing to do with it.",
)
ASIDES = {
    "kb_argocd": (
        "By the way, the application sets with the list generator work very well for us.",
        "Single sign-on with our directory was set up in an afternoon, and notifications to our chat run since March.",
        "We use Helm charts for most things and Kustomize for a few older services, that part is fine.",
        "Health checks and sync status are shown correctly for all the other applications.",
        "Our repositories are on a self-hosted Git server, with credentials by template, which works.",
        "The metrics are already scraped and we have a nice dashboard for the controller and the repo server.",
        "Projects and roles were configured by my predecessor and I would rather not touch them.",
        "Auto sync with prune is on for the development environment and nobody complains.",
        "We have the high availability manifests installed, three replicas of everything.",
    ),
    "kb_kueue": (
        "By the way, the cluster queues and local queues for the other teams were set up last year and work.",
        "Most of our users submit ordinary batch jobs, a few use Ray or PyTorch, and this goes well.",
        "We have resource flavors for CPU and GPU nodes with taints, that part is fine.",
        "Preemption within one queue has been on since the beginning and nobody complains.",
        "The metrics are already scraped, and we have a dashboard for admitted workloads.",
        "Our cohort has four cluster queues with borrowing limits, which my predecessor defined.",
        "Priority classes exist for production and research, and everyone knows which one to take.",
        "The cluster autoscaler adds nodes within some minutes, and this works too.",
        "We installed it with the Helm chart and the default configuration, version 0.14.",
    ),
}
TRIED = (
    "I restarted the controllers, deleted the pods and waited for an hour, without any change.",
    "I searched the web and the chat archive and found three people with something like it but no solution.",
    "We tried it with a fresh namespace as well, and it was just the same.",
    "A colleague suggested to reinstall everything, which I would like to avoid.",
    "I looked at the events and the logs and could not see anything that helped me.",
    "Asking an AI gave me an option that does not exist.",
)
PRESSURE = (
    "This is quite urgent for us, because an important demonstration takes place next Thursday.",
    "There is no rush, but it would be good to have this settled before the holidays.",
    "My manager asks me every day whether there is news.",
    "We have a meeting about this on Friday and I would like to bring a proposal.",
    "Until then we do it by hand, which costs one of us about an hour each day.",
    "If this is not possible at all, please say so, then we will look for another way.",
)
CLOSINGS = (
    "Many thanks for your help and kind regards from Utrecht, Marit",
    "Thank you so much for reading all of this. Best, Tomasz",
    "Thanks in advance and have a nice day! Priya",
    "Cheers, Olu",
    "Best regards, Jonas Lindqvist, platform team",
)


def stories() -> Iterator[Story]:
    """All stories, the same each time."""
    draw = random.Random(SEED)
    for folder, cores in (("kb_argocd", ARGOCD), ("kb_kueue", KUEUE)):
        for pages, problem, ask in cores:
            yield Story(folder, _told(draw, ASIDES[folder], problem, ask), pages)


def _told(draw: random.Random, asides: tuple[str, ...], problem: str, ask: str) -> str:
    before = [*draw.sample(ABOUT, draw.randint(4, 6)), *draw.sample(asides, draw.randint(2, 3))]
    draw.shuffle(before)
    between = draw.sample(HISTORY, draw.randint(2, 4))
    after = [*draw.sample(asides, 1), *draw.sample(TRIED, draw.randint(2, 4)), *draw.sample(PRESSURE, 2)]
    paragraphs = [
        draw.choice(OPENINGS),
        " ".join(before),
        " ".join([*between[:1], problem, *between[1:]]),
    ]
    # Some ask at once, some at the very end.
    if draw.random() < 0.5:
        paragraphs += [" ".join([ask, *after]).strip()]
    else:
        paragraphs += [" ".join(after), ask] if ask else [" ".join(after)]
    return "\n\n".join([*paragraphs, draw.choice(CLOSINGS)])
