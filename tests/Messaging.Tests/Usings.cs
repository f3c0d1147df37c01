global using Integritet.Platform.EventStore;
global using Integritet.Platform.Messaging;
global using Xunit;
