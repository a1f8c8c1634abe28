// Silos are heavy, and what they are timed by is their leases: one test class at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
