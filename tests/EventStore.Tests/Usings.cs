global using Integritet.Platform.EventStore;
global using Xunit;
