return await Sv2.Cluster.ClusterCommand.Create().Parse(args).InvokeAsync();
