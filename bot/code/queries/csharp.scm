(class_declaration name: (identifier) @name) @class
(struct_declaration name: (identifier) @name) @class
(record_declaration name: (identifier) @name) @class
(interface_declaration name: (identifier) @name) @type
(enum_declaration name: (identifier) @name) @type
(delegate_declaration name: (identifier) @name) @type
(method_declaration name: (identifier) @name) @method
(constructor_declaration name: (identifier) @name) @method
(property_declaration name: (identifier) @name) @method
(local_function_statement name: (identifier) @name) @function

(invocation_expression function: [(identifier) @ref
  (member_access_expression name: (identifier) @ref)
  (member_access_expression name: (generic_name (identifier) @ref))
  (generic_name (identifier) @ref)
  (conditional_access_expression (member_binding_expression name: (identifier) @ref))])
(object_creation_expression type: [(identifier) @ref (generic_name (identifier) @ref)
  (qualified_name name: (identifier) @ref)])
(base_list [(identifier) @ref (generic_name (identifier) @ref)
  (qualified_name name: (identifier) @ref)])
(parameter type: [(identifier) @ref (generic_name (identifier) @ref)])
(property_declaration type: [(identifier) @ref (generic_name (identifier) @ref)])
(variable_declaration type: [(identifier) @ref (generic_name (identifier) @ref)])
(method_declaration returns: [(identifier) @ref (generic_name (identifier) @ref)])
(type_argument_list (identifier) @ref)
(attribute name: (identifier) @ref)

(using_directive [(identifier) (qualified_name)] @import .)
